import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { isErrno, reasonOf, refused } from '../errors.ts';
import type { MailView } from './mail-view.ts';

/** Where an administrator puts templates of their own. */
export const MAIL_FOLDER = '/etc/sftpjail/mail';

const NAMES = ['subject', 'text', 'html'] as const;
type Name = (typeof NAMES)[number];

export interface Letter {
  subject: string;
  text: string;
  html: string;
}

/**
 * The templates of mails, those of the administrator before ours.
 *
 * @param own reads one of ours
 * @throws OperatorError `refused` for one that cannot be compiled, or that would let a name through unescaped
 */
export function openMailTemplates(folder: string, own: (name: string) => string): (view: MailView) => Letter {
  const compiled = new Map<Name, (view: object) => string>();
  for (const name of NAMES) {
    const file = join(folder, `${name}.hbs`);
    const text = textOf(file);
    try {
      const template = Handlebars.parse(text ?? own(`mail/${name}.hbs`));
      new Escaping(file).accept(template);
      compiled.set(
        name,
        Handlebars.compile(template, { strict: true, noEscape: name !== 'html', preventIndent: true }),
      );
    } catch (error) {
      throw refused(`${file}: ${reasonOf(error)}`, `edit ${file}`);
    }
  }
  const render = (name: Name, view: object) => (compiled.get(name) as (view: object) => string)(view);
  return (view) => {
    // A header is one line, whatever a template makes of it.
    const subject = render('subject', view).replace(/\s+/g, ' ').trim().slice(0, 200);
    return { subject, text: render('text', view), html: render('html', { ...view, subject }) };
  };
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return null;
    throw refused(`cannot read ${file}: ${reasonOf(error)}`, `ls -l ${file}`);
  }
}

/** Refuses what is printed as it is, and what would take text from elsewhere. */
class Escaping extends Handlebars.Visitor {
  private readonly file: string;

  constructor(file: string) {
    super();
    this.file = file;
  }

  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    if (!mustache.escaped)
      throw refused(`line ${mustache.loc.start.line}: {{{ and {{& would let HTML of a customer through; use {{`);
    super.MustacheStatement(mustache);
  }

  override PartialStatement({ loc }: hbs.AST.PartialStatement): void {
    throw refused(`line ${loc.start.line}: there are no partials`, `edit ${this.file}`);
  }
}
