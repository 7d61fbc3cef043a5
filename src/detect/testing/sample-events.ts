import type { StandardizationRule } from '../../standardize/rule.ts';
import { sampleEvents, sampleSelect } from '../../standardize/test-rule.ts';
import type { TestEngine } from '../../standardize/testing/engine.ts';
import type { GivenEvent } from '../given-events.ts';
import type { SampleEvent } from '../rule-meta.ts';

/** The event of a sample: as written, or what the standardization rule makes of the raw log. Throws when there is none. */
export function eventOfSample(engine: TestEngine, rules: readonly StandardizationRule[], sample: SampleEvent): GivenEvent {
  if (sample.event !== undefined) return sample.event;
  const rule = rules.find((one) => one.id === sample.from);
  if (rule === undefined) throw new Error(`there is no standardization rule ${String(sample.from)}`);
  const log = sample.log ?? rule.samples[sample.sample ?? 0]?.log;
  if (log === undefined) throw new Error(`${rule.id} has no sample ${String(sample.sample)}`);
  const [made] = sampleEvents(rule, [log], engine.run(sampleSelect(rule, [log])));
  if (made?.event === null || made === undefined) throw new Error(`${rule.id} makes no event of sample ${String(sample.sample)}`);
  return made.event;
}
