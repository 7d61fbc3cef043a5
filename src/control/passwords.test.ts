import { expect, it } from 'vitest';
import { hashPassword, passwordMatches } from './passwords.ts';

it('a password matches its own hash and no other, and two hashes of it differ', async () => {
  const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
  expect(one).not.toBe(two);
  expect(one).not.toContain('correct');
  expect(await passwordMatches('correct horse', one)).toBe(true);
  expect(await passwordMatches('correct horse ', one)).toBe(false);
  expect(await passwordMatches('', one)).toBe(false);
});

it('the same characters typed differently are the same password', async () => {
  const stored = await hashPassword('p\u00e4ssword');
  expect(await passwordMatches('pa\u0308ssword', stored)).toBe(true);
});

it('a hash keeps its own cost, and one we do not know matches nothing', async () => {
  const stored = (await hashPassword('old password')).split('$');
  expect(stored.slice(0, 4)).toEqual(['scrypt', '32768', '8', '1']);
  expect(await passwordMatches('x', 'plain$x')).toBe(false);
  expect(await passwordMatches('', '')).toBe(false);
});
