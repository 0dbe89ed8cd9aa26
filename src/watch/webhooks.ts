import { createHmac } from 'node:crypto';
import type { Config } from '../config.ts';
import { reasonOf } from '../errors.ts';
import { readSecret } from './secret.ts';
import type { Sink } from './sink.ts';

/** Milliseconds that the other side may take. */
const PATIENCE = 30_000;

/** Whoever knows the secret can tell that it comes from here, and when it was sent. */
export const signatureOf = (secret: string, time: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;

/** Each is a sink of its own: one that does not answer keeps no other waiting. */
export const openWebhooks = ({ webhooks }: Config): Sink[] =>
  webhooks.map(({ url, secretFile }, index) => ({
    name: webhookName(index),
    concurrency: 4,
    gather: null,
    async deliver([event], { id }, signal) {
      const body = JSON.stringify(event);
      const time = String(Math.floor(Date.now() / 1000));
      const response = await fetch(url, {
        ...{ method: 'POST', body, redirect: 'manual' },
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'sftpjail',
          'X-Sftpjail-Event': event?.event ?? '',
          'X-Sftpjail-Id': id.slice(id.indexOf(' ') + 1),
          'X-Sftpjail-Timestamp': time,
          'X-Sftpjail-Signature': signatureOf(readSecret(secretFile), time, body),
        },
      }).catch((error: Error) => {
        throw new Error(`${url}: ${reasonOf(error.cause ?? error)}`);
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    },
  }));

export const webhookName = (index: number): string => `webhook-${index + 1}`;
