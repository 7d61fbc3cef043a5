import { Link } from '@tanstack/react-router';
import { placeOf } from './places.ts';

/** A link of the server as a link of the console; nothing where the console has no page for it. */
export function PlaceLink({ link, text }: { readonly link: string; readonly text: string }) {
  const place = placeOf(link);
  if (place === null) return null;
  if (place.page === '/stores/$project/$logstore')
    return (
      <Link to={place.page} params={place.params}>
        {text}
      </Link>
    );
  return <Link to={place.page}>{text}</Link>;
}
