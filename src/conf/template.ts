import Handlebars from 'handlebars';

/** Template texts by the path where their file goes. */
export type Templates = (path: string) => string;

/** Fills a template of a configuration file. A value that is missing is an error, and nothing is escaped. */
export const renderTemplate = (text: string, values: Record<string, unknown>): string =>
  Handlebars.compile(text, { noEscape: true, strict: true })(values);
