import inquirer from 'inquirer';
import { OperatorError } from '../errors.ts';

/** Questions go to stderr, like everything that is not a result. */
const prompt = inquirer.createPromptModule({ output: process.stderr });

async function answered<Answer>(asking: Promise<{ answer: Answer }>): Promise<Answer> {
  try {
    return (await asking).answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError')
      throw new OperatorError('interrupted', 'interrupted, nothing changed');
    throw error;
  }
}

export const confirm = (message: string): Promise<boolean> =>
  answered(prompt<{ answer: boolean }>([{ type: 'confirm', name: 'answer', message, default: false }]));

export type CredentialChoice = 'key' | 'generate' | 'password' | 'none';

export const askCredential = (name: string): Promise<CredentialChoice> =>
  answered(
    prompt<{ answer: CredentialChoice }>([
      {
        type: 'select',
        name: 'answer',
        message: `How will ${name} log in?`,
        choices: [
          { name: 'with a public key that I paste', value: 'key' },
          { name: 'with a password that is made now', value: 'generate' },
          { name: 'with a password that I type', value: 'password' },
          { name: 'not yet', value: 'none' },
        ],
      },
    ]),
  );

export const askText = (message: string): Promise<string> =>
  answered(prompt<{ answer: string }>([{ type: 'input', name: 'answer', message }]));

export const askSecret = (message: string): Promise<string> =>
  answered(prompt<{ answer: string }>([{ type: 'password', name: 'answer', message, mask: '*' }]));
