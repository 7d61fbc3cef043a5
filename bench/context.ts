import { systemClock } from '../src/core/clock.ts';
import { quietContext } from '../src/core/context.ts';

/** Of everything a bench calls. */
export const ctx = quietContext(systemClock);
