import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { masked, newMasterKey, Secrets, withoutSecrets } from './secrets.ts';

const secrets = new Secrets(newMasterKey());

describe('sealed secrets', () => {
  it('open again in their place, whatever they say, and no two envelopes are the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (text, context) => {
        const [one, two] = [secrets.seal(text, context), secrets.seal(text, context)];
        expect(one).not.toBe(two);
        expect(secrets.open(one, context)).toBe(Buffer.from(text).toString());
        if (text.length > 3) expect(one).not.toContain(text);
      }),
      { numRuns: 200 },
    );
  });

  it('do not open in another place, changed, cut, or under another master key', () => {
    const envelope = secrets.seal('s3cret', 'access_keys/a');
    const refused = (open: () => string): unknown => expect(open).toThrow(expect.objectContaining({ code: 'secret.unreadable' }));
    refused(() => secrets.open(envelope, 'access_keys/b'));
    refused(() => new Secrets(newMasterKey()).open(envelope, 'access_keys/a'));
    refused(() => secrets.open('', 'access_keys/a'));
    for (let i = 0; i < envelope.length; i++) {
      // The last character of base64url may carry bits that no byte has.
      const other = envelope[i] === 'A' ? 'B' : 'A';
      const changed = envelope.slice(0, i) + other + envelope.slice(i + 1);
      let opened = '';
      try {
        opened = secrets.open(changed, 'access_keys/a');
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'secret.unreadable' });
        continue;
      }
      expect(opened).toBe('s3cret');
      expect(i).toBe(envelope.length - 1);
    }
    refused(() => secrets.open(envelope.slice(0, -8), 'access_keys/a'));
  });

  it('are opened with an older master key until they are sealed again', () => {
    const [before, after] = [newMasterKey(), newMasterKey()];
    const envelope = new Secrets(before).seal('x', 'c');
    const both = new Secrets(after, [before]);
    expect(both.open(envelope, 'c')).toBe('x');
    expect(both.outdated(envelope)).toBe(true);
    const again = both.seal('x', 'c');
    expect(both.outdated(again)).toBe(false);
    expect(new Secrets(after).open(again, 'c')).toBe('x');
  });

  it('take a sentence as master key, but no short one', () => {
    const sentence = 'a sentence someone chose, long enough';
    expect(new Secrets(sentence).open(new Secrets(sentence).seal('x', 'c'), 'c')).toBe('x');
    expect(() => new Secrets('short')).toThrow(expect.objectContaining({ code: 'config.invalid' }));
    expect(secrets.derive('audit')).not.toEqual(secrets.derive('other'));
    expect(secrets.derive('audit')).toHaveLength(32);
  });
});

describe('masking', () => {
  it('shows the first character and the last two, and nothing of what is short [B26]', () => {
    expect(masked('LTAI5tabcdefky')).toBe('L***ky');
    expect(masked('1234567')).toBe('***');
  });

  it('hides what is called like a secret, at any depth', () => {
    expect(
      withoutSecrets({
        name: 'n',
        accessKeySecret: 'abcdefghij',
        deep: [{ Password: 'x', hasToken: true, token: null, privateKey: { pem: 'p' } }],
        Authorization: 'Bearer abcdefgh',
      }),
    ).toEqual({
      name: 'n',
      accessKeySecret: 'a***ij',
      deep: [{ Password: '***', hasToken: true, token: null, privateKey: '***' }],
      Authorization: 'B***gh',
    });
  });
});
