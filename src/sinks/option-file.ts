import { readFileSync } from 'node:fs';
import { SluiceError } from '../core/errors.ts';

/** A file that an option of a receiver names: a certificate, a key. @throws config.invalid */
export function readOptionFile(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? String(thrown);
    throw new SluiceError('config.invalid', `the file ${path} of ${option} cannot be read (${code})`, { path, option }, { cause: thrown });
  }
}
