import { CompiledQuery, type Kysely, type Migration, Migrator } from 'kysely';
import { first } from './0001-first.ts';
import type { Dialect } from './tables.ts';

/** Each version of the schema, by the name under which a database remembers it. */
const VERSIONS: Readonly<Record<string, (dialect: Dialect) => string[]>> = {
  '0001-first': first,
};

/** So many have to have been carried out. */
export const NEWEST = Object.keys(VERSIONS).length;

/** Brings a database to the newest version of the schema. @throws what the database says */
export async function migrate(db: Kysely<never>, dialect: Dialect): Promise<void> {
  const migrations = Object.fromEntries(
    Object.entries(VERSIONS).map(([name, statements]): [string, Migration] => [
      name,
      {
        async up(database) {
          for (const statement of statements(dialect)) await database.executeQuery(CompiledQuery.raw(statement));
        },
      },
    ]),
  );
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: 'schema_versions',
    migrationLockTableName: 'schema_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}
