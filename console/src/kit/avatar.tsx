const HUES = ['#c9d8e2', '#e2d3c9', '#cbe2d6', '#d8cfe6', '#e2dfc6', '#e0cbd6'];

function initials(name: string): string {
  const words = name.split(/[\s._@-]+/u).filter((word) => word !== '');
  const letters = words.length > 1 ? `${words[0]?.[0] ?? ''}${words[1]?.[0] ?? ''}` : name.slice(0, 2);
  return letters.toUpperCase();
}

/** A person by two letters; a dashed circle when nobody has it. */
export function Avatar({ name, size = 20 }: { readonly name: string | null; readonly size?: number }) {
  if (name === null || name === '') {
    return (
      <span
        aria-hidden="true"
        style={{
          width: size,
          height: size,
          flex: 'none',
          borderRadius: '50%',
          border: '1px dashed var(--sl-border-strong)',
          display: 'inline-block',
        }}
      />
    );
  }
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) % 997;
  return (
    <span
      title={name}
      style={{
        display: 'inline-flex',
        alignItems: 'center',
        justifyContent: 'center',
        flex: 'none',
        width: size,
        height: size,
        borderRadius: '50%',
        background: HUES[hash % HUES.length],
        color: '#243240',
        fontSize: Math.round(size * 0.42),
        fontWeight: 600,
      }}
    >
      {initials(name)}
    </span>
  );
}
