import { SluiceError } from '../../../core/errors.ts';
import type { Handlers, RequestFacts, RestCaller } from '../call.ts';
import type { Me } from '../contract/session.ts';
import type { GeneratedPassword, UsersService } from '../services.ts';
import { csrfToken } from '../sign-in.ts';
import { iso } from '../times.ts';

const clientOf = (facts: RequestFacts): string => `${facts.clientIp} ${facts.userAgent}`.trim().slice(0, 300);

function meOf(caller: RestCaller, generated: GeneratedPassword): Me {
  return {
    user: caller.user,
    displayName: caller.displayName,
    role: caller.role,
    via: caller.via,
    expiresAt: caller.expiresAtMs === null ? null : iso(caller.expiresAtMs),
    csrfToken: caller.byCookie ? csrfToken(caller.token) : null,
    passwordIsGenerated: generated.inUse(caller.user),
  };
}

export function sessionHandlers(
  users: UsersService,
  generated: GeneratedPassword,
): Pick<Handlers, 'login' | 'openSession' | 'closeSession' | 'me' | 'changePassword'> {
  return {
    async login({ body, facts, ctx }) {
      const { token, expiresAtMs } = await users.login(body.user, body.password, clientOf(facts), ctx);
      return { token, expiresAt: iso(expiresAtMs) };
    },

    async openSession({ body, facts, ctx, setSession }) {
      const { token, expiresAtMs, user } = await users.login(body.user, body.password, clientOf(facts), ctx);
      setSession({ token, expiresAtMs });
      return meOf(
        { user: user.name, displayName: user.displayName, role: user.role, via: 'session', expiresAtMs, token, byCookie: true },
        generated,
      );
    },

    async closeSession({ caller, ctx, setSession }) {
      // An API key is revoked with DELETE /api-keys/{id}, never by accident.
      if (caller.via === 'session') await users.logout(caller.token, ctx);
      setSession(null);
    },

    me({ caller }) {
      return Promise.resolve(meOf(caller, generated));
    },

    async changePassword({ caller, body, facts, ctx, setSession }) {
      if (caller.via !== 'session') throw new SluiceError('request.forbidden', 'an API key may not change a password: sign in', {});
      try {
        await users.login(caller.user, body.current, clientOf(facts), ctx);
      } catch (thrown) {
        if (thrown instanceof SluiceError && thrown.code === 'request.unauthenticated')
          throw new SluiceError('request.forbidden', 'the current password is wrong', {
            errors: [{ path: '/body/current', message: 'is not the current password' }],
          });
        throw thrown;
      }
      await users.setPassword(caller.user, body.next, `user:${caller.user}`, ctx);
      if (generated.inUse(caller.user)) await generated.forget();
      const { token, expiresAtMs } = await users.login(caller.user, body.next, clientOf(facts), ctx);
      if (caller.byCookie) setSession({ token, expiresAtMs });
      return { token: caller.byCookie ? null : token, expiresAt: iso(expiresAtMs) };
    },
  };
}
