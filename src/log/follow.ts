import type { Alternative } from './alternatives.ts';
import type { Doer, HistoryEvent } from './history-event.ts';
import type { Life, Lives } from './lives.ts';
import type { Operation } from './operation.ts';

const MAKING = new Set<Operation['action']>(['upload', 'both']);
const NEW = new Set<Operation['action']>(['mkdir', 'symlink']);
const UNSEEN = 'it must have gone before, unseen';
const ENDING = new Set<Operation['action']>(['remove', 'rmdir']);

/**
 * Lets one operation happen to the files that are followed. What is not certain moves nothing for certain: the file is
 * then at its old and its new name, at neither for sure.
 *
 * @param alternatives what it can have meant, cut ones as they are
 */
export function follow(lives: Lives, operation: Operation, doer: Doer, alternatives: readonly Alternative[]): void {
  const touched = new Map<Life, HistoryEvent>();
  const step = new Step(lives, operation, doer, touched);
  for (const alternative of alternatives) {
    for (const whole of alternative.cut ? completions(lives, alternative) : [alternative]) step.take(whole);
  }
  for (const life of touched.keys()) lives.settle(life);
}

/** The names of interest that a cut path can have been; a source of which the new name is unknown is touched only. */
function* completions(lives: Lives, { path, target, ...rest }: Alternative): Generator<Alternative> {
  if (target === undefined) for (const name of lives.namesBeginningWith(path)) yield { ...rest, path: name };
  else {
    for (const name of lives.namesBeginningWith(target)) yield { ...rest, path, target: name };
    if (lives.matters(path)) yield { ...rest, path };
  }
}

class Step {
  readonly #lives: Lives;
  readonly #operation: Operation;
  readonly #doer: Doer;
  readonly #touched: Map<Life, HistoryEvent>;
  #meant: Alternative = { path: '', sure: false };

  constructor(lives: Lives, operation: Operation, doer: Doer, touched: Map<Life, HistoryEvent>) {
    this.#lives = lives;
    this.#operation = operation;
    this.#doer = doer;
    this.#touched = touched;
  }

  take(meant: Alternative): void {
    this.#meant = meant;
    const { action, status } = this.#operation;
    const { path, target } = meant;
    const sure = meant.sure && status !== 'unknown';
    const isPair = target !== undefined && action !== 'symlink';
    if (status === 'failed' || action === 'refused')
      for (const name of isPair ? [path, target] : [path]) this.#attempt(name);
    else if (action === 'rename' && isPair && path !== target) this.#rename(path, target, sure);
    else if (action === 'hardlink' && isPair) this.#link(path, target, sure);
    else if (action === 'copy' && isPair) {
      this.#use(path, sure, false);
      this.#use(target, sure, true);
    } else if (NEW.has(action)) this.#make(path, sure);
    else if (ENDING.has(action)) this.#remove(path, sure);
    else this.#use(path, sure, MAKING.has(action));
    if (action === 'rename' && !isPair) for (const life of this.#lives.at(path)) this.#lives.doubt(life, path);
  }

  /** It failed: what is there, or was there last, was its aim. */
  #attempt(name: string): void {
    if (!this.#lives.matters(name)) return;
    const wasVacant = this.#lives.isVacant(name);
    const there = this.#lives.at(name);
    const aims = there.length > 0 ? there : [this.#lives.lastAt(name) ?? this.#lives.begin(name, false)];
    for (const life of aims) this.#tell(life, this.#meant.sure && life.names.get(name) !== false);
    for (const life of wasVacant ? this.#lives.at(name) : []) this.#lives.takeAway(life, name);
    if (wasVacant) this.#lives.vacate(name);
  }

  /** Something was done to what is at this name, which thus exists. @param makes whether it came to exist, if need be */
  #use(name: string, sure: boolean, makes: boolean): void {
    if (!this.#lives.matters(name)) return;
    this.#settleWho(name, sure, makes);
    for (const life of this.#lives.at(name)) this.#tell(life, sure && life.names.get(name) === true);
  }

  #settleWho(name: string, sure: boolean, makes: boolean): void {
    const there = this.#lives.surelyAt(name);
    // It was moved here if it existed at all: what is made now can be another file.
    if (sure && there && !there.proven && makes && there.moved) this.#lives.doubt(there, name);
    else if (there && sure) prove(there);
    if (sure ? !this.#lives.surelyAt(name) : this.#lives.at(name).length === 0) this.#lives.begin(name, sure);
  }

  /** It did not exist before, and nothing was beneath it. */
  #make(name: string, sure: boolean): void {
    for (const suffix of sure ? this.#lives.suffixes(name) : []) {
      const at = name + suffix;
      const earlier = this.#lives.at(at).filter((life) => life.proven || life.moved || suffix !== '');
      for (const life of earlier) this.#evict(life, at, true, 'gone', UNSEEN);
      if (suffix !== '') this.#lives.vacate(at);
    }
    this.#use(name, sure, true);
  }

  #remove(name: string, sure: boolean): void {
    this.#use(name, sure, false);
    for (const suffix of this.#lives.suffixes(name)) {
      const at = name + suffix;
      const note = suffix === '' ? undefined : `its folder was removed: ${UNSEEN}`;
      for (const life of this.#lives.at(at)) this.#evict(life, at, sure, suffix === '' ? 'removed' : 'gone', note);
      if (sure) this.#lives.vacate(at);
    }
  }

  #link(path: string, target: string, sure: boolean): void {
    const lives = this.#lives;
    for (const life of sure ? lives.at(target) : [])
      if (!life.names.has(path)) this.#evict(life, target, true, 'gone', UNSEEN);
    if (lives.matters(path) || lives.isFollowed(target)) this.#settleWho(path, sure, false);
    for (const life of lives.at(path)) {
      const isSure = sure && life.names.get(path) === true;
      this.#tell(life, isSure);
      lives.put(life, target, isSure || life.names.get(target) === true);
      life.moved = true;
    }
  }

  #rename(path: string, target: string, sure: boolean): void {
    const lives = this.#lives;
    const both = lives.surelyAt(path);
    if (sure && both?.names.get(target)) {
      this.#tell(both, true, 'both names are the same file: nothing changed');
      return;
    }
    for (const suffix of new Set([...lives.suffixes(path), ...lives.suffixes(target)]))
      this.#renameOne(path + suffix, target + suffix, sure, suffix !== '');
  }

  #renameOne(from: string, to: string, sure: boolean, withFolder: boolean): void {
    const lives = this.#lives;
    const isOfInterest = lives.isFollowed(from) || lives.isFollowed(to);
    if (lives.at(from).length > 0 || isOfInterest) {
      if (!withFolder) this.#settleWho(from, sure, false);
      else if (lives.at(from).length === 0 && !lives.isVacant(from)) lives.begin(from, false);
    }
    const moving = lives.at(from);
    const { path, target } = this.#meant;
    for (const life of lives.at(to)) {
      if (moving.includes(life)) continue;
      if (withFolder) this.#evict(life, to, sure, 'gone', `its folder was replaced: ${UNSEEN}`);
      else this.#evict(life, to, sure, 'replaced', `replaced by ${from}`);
    }
    for (const life of moving) {
      const isSure = sure && life.names.get(from) === true;
      const note = withFolder ? `with its folder ${path} -> ${target}` : undefined;
      const event = this.#tell(life, isSure && life.proven, note, { path: from, target: to });
      if (isSure && !life.proven) life.assumed.push(event);
      life.moved = true;
      if (sure) lives.takeAway(life, from);
      else lives.doubt(life, from);
      lives.put(life, to, isSure);
    }
    if (sure) lives.vacate(from);
    if (sure && moving.length === 0 && withFolder) lives.vacate(to);
  }

  /** Takes a name from a file, and ends it where that was its last. */
  #evict(life: Life, name: string, sure: boolean, end: NonNullable<Life['end']>, note?: string): void {
    const isSure = sure && life.names.get(name) === true && life.proven;
    if (!sure) this.#lives.doubt(life, name);
    else this.#lives.takeAway(life, name);
    if (sure && !life.proven && life.events.every(({ status }) => status === 'failed')) return;
    const left = [...life.names.keys()];
    if (left.length === 0) life.end = end;
    const rest = isSure && left.length > 0 ? `still there as ${left.join(', ')}` : undefined;
    this.#tell(life, isSure, [note, rest].filter((each) => each !== undefined).join('; ') || undefined);
  }

  /** One event for a file, however often the operation touches it. */
  #tell(life: Life, sure: boolean, note?: string, paths?: { path: string; target: string }): HistoryEvent {
    const earlier = this.#touched.get(life);
    if (earlier) {
      if (note) earlier.note = [earlier.note, note].filter(Boolean).join('; ');
      return earlier;
    }
    const { at, closed, action, status, bytes, error, note: own } = this.#operation;
    const { path, target, why } = { ...this.#meant, ...paths };
    const notes = [own, note, sure ? undefined : why].filter((each) => each !== undefined);
    const event: HistoryEvent = {
      at,
      ...(closed && closed !== at && { closed }),
      ...this.#doer,
      ...{ action, status, path },
      ...(target !== undefined && { target }),
      ...(bytes !== undefined && { bytes }),
      ...(error !== undefined && { error }),
      ...(!sure && { possible: true }),
      ...(notes.length > 0 && { note: notes.join('; ') }),
    };
    life.events.push(event);
    this.#touched.set(life, event);
    return event;
  }
}

/** It exists, so it existed when its folders were renamed. */
function prove(life: Life): void {
  life.proven = true;
  for (const event of life.assumed) delete event.possible;
  life.assumed = [];
}
