import { Chalk, type ChalkInstance } from 'chalk';

/** chalk itself does not heed NO_COLOR, so whether to colour is decided here alone. */
const wantsColor = (asked: boolean, stream: NodeJS.WriteStream): boolean =>
  asked && stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/** The colours that a stream can show, and the operator wants to see. */
export const paintFor = (stream: NodeJS.WriteStream, asked: boolean): ChalkInstance =>
  new Chalk({ level: wantsColor(asked, stream) ? 1 : 0 });
