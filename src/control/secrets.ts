import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, scryptSync } from 'node:crypto';
import { SluiceError } from '../core/errors.ts';

/** Version of the envelope: `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two base64url. */
const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

interface Key {
  /** First 8 hex digits of a hash of the key: tells which key opens an envelope without saying anything about it. */
  readonly id: string;
  readonly seal: Buffer;
  readonly root: Buffer;
}

/**
 * Seals secrets with AES-256-GCM under the master key. The context (`access_keys/<id>`, `cloud-account/<id>/secret`) is authenticated with the text:
 * an envelope moved to another row does not open. Older master keys may be kept for opening while everything is sealed again.
 */
export class Secrets {
  readonly #keys: readonly [Key, ...Key[]];

  /** @param masterKey 64 hex digits (32 bytes), or any text of at least 32 characters, from which a key is derived by scrypt */
  constructor(masterKey: string, older: readonly string[] = []) {
    this.#keys = [keyOf(masterKey), ...older.map(keyOf)];
  }

  /** @param context names the place the secret stands in; the same text is needed to open it */
  seal(text: string, context: string): string {
    const [key] = this.#keys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key.seal, nonce);
    cipher.setAAD(Buffer.from(`${VERSION}.${key.id}.${context}`));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return [VERSION, key.id, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
  }

  /** @throws secret.unreadable when the envelope is damaged, of another place, or of a master key we were not given */
  open(envelope: string, context: string): string {
    const [version, keyId, nonceText, sealedText] = envelope.split('.');
    const unreadable = (why: string, cause?: unknown): SluiceError =>
      new SluiceError('secret.unreadable', `the secret of ${context} does not open: ${why}`, { context, keyId: keyId ?? '' }, { cause });
    if (version !== VERSION || nonceText === undefined || sealedText === undefined)
      throw unreadable('it is not an envelope of a known version');
    const key = this.#keys.find((k) => k.id === keyId);
    if (key === undefined) throw unreadable(`it was sealed with master key ${keyId}, which is not given`);
    const nonce = Buffer.from(nonceText, 'base64url');
    const sealed = Buffer.from(sealedText, 'base64url');
    if (nonce.length !== NONCE_BYTES || sealed.length < TAG_BYTES) throw unreadable('it is cut short');
    const decipher = createDecipheriv('aes-256-gcm', key.seal, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(`${VERSION}.${key.id}.${context}`));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch (thrown) {
      throw unreadable('it was changed or belongs to another place', thrown);
    }
  }

  /** True when the envelope should be sealed again: it opens only with an older master key. */
  outdated(envelope: string): boolean {
    return envelope.split('.')[1] !== this.#keys[0].id;
  }

  /** A key for another purpose (`audit`), 32 bytes, derived from the current master key. */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#keys[0].root, 'sluice', purpose, 32));
  }
}

function keyOf(masterKey: string): Key {
  if (masterKey.length < 32)
    throw new SluiceError('config.invalid', `the master key has ${masterKey.length} characters, expected at least 32`, {
      setting: 'masterKey',
    });
  // A text may be a sentence someone chose: scrypt makes guessing it expensive. Once per start, some 100 ms.
  const root = /^[0-9a-fA-F]{64}$/.test(masterKey)
    ? Buffer.from(masterKey, 'hex')
    : scryptSync(masterKey, 'sluice-master-key', 32, { N: 2 ** 14, r: 8, p: 1 });
  const seal = Buffer.from(hkdfSync('sha256', root, 'sluice', 'seal', 32));
  return { id: createHash('sha256').update(seal).digest('hex').slice(0, 8), seal, root };
}

/** A new master key: 64 hex digits. */
export function newMasterKey(): string {
  return randomBytes(32).toString('hex');
}

/** How a secret or key id is shown: `L***ky`. The first and the last two characters; a short one shows nothing. */
export function masked(text: string): string {
  return text.length < 8 ? '***' : `${text.slice(0, 1)}***${text.slice(-2)}`;
}

const SECRET_NAME = /secret|password|passwd|token|credential|private.?key|master.?key|authorization|cookie|signature/i;

/** A copy of JSON-like facts whose secret-looking properties are masked, at any depth: for audit lines and logs. */
export function withoutSecrets(facts: unknown): unknown {
  if (Array.isArray(facts)) return facts.map(withoutSecrets);
  if (typeof facts !== 'object' || facts === null) return facts;
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      SECRET_NAME.test(name) && value !== null && value !== undefined && typeof value !== 'boolean'
        ? masked(typeof value === 'string' ? value : '')
        : withoutSecrets(value),
    ]),
  );
}
