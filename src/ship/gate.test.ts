import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';

const never = new AbortController().signal;

describe('Gate', () => {
  it('lets in as many as there are places, the others in the order they came', async () => {
    const gate = new Gate(2);
    const order: string[] = [];
    await gate.enter(never);
    expect(gate.tryEnter()).toBe(true);
    expect(gate.tryEnter()).toBe(false);
    const first = gate.enter(never).then(() => order.push('first'));
    const second = gate.enter(never).then(() => order.push('second'));
    gate.leave();
    await first;
    expect(gate.tryEnter()).toBe(false);
    gate.leave();
    await second;
    expect(order).toEqual(['first', 'second']);
    expect(gate.taken).toBe(2);
    gate.leave();
    gate.leave();
    expect(gate.taken).toBe(0);
  });

  it('forgets those that stop waiting', async () => {
    const gate = new Gate(1);
    await gate.enter(never);
    const stop = new AbortController();
    const gone = gate.enter(stop.signal);
    stop.abort();
    await expect(gone).rejects.toMatchObject({ code: 'aborted' });
    gate.leave();
    expect(gate.tryEnter()).toBe(true);
  });
});
