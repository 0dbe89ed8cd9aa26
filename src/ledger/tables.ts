import { TABLES } from './migrations/0001-first.ts';
import type { Column, Table } from './migrations/tables.ts';

/** Every table, after those that it refers to. */
export const ALL_TABLES: readonly Table[] = TABLES;

/** By what its rows are told apart, and in which order they are read. */
export const keyOf = ({ primaryKey }: Table): readonly string[] => primaryKey ?? ['id'];

export const isBytes = ([, type]: Column): boolean => type.startsWith('bytes');
