import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { openTail, type Tail } from '../host/tail.ts';
import { EntryReader } from '../log/entry.ts';
import { Fold } from '../log/fold.ts';
import { Lines } from '../log/lines.ts';
import { wallTime, zoneOf } from '../zone.ts';
import { type LoginRecord, type Session } from '../log/session.ts';
import { type Selection, type Told, foldLogs, openSelected, concerns } from './read-sessions.ts';
