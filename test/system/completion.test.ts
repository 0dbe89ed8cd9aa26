import { afterAll, beforeAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';

describeOverlay(
  'shells and man(1), taught by sftpjail',
  (image) => {
    let overlay: Overlay;
    beforeAll(async () => {
      overlay = await openOverlay(image);
      await overlay.sh(`
        mkdir -p /opt/taught
        for shell in bash zsh fish; do sftpjail completion $shell > /opt/taught/$shell; done
        mkdir /opt/taught/functions /opt/taught/folder
        cp /opt/taught/zsh /opt/taught/functions/_sftpjail
        touch '/opt/taught/two words.pub'
        # Accounts as list-users finds them, without a prepared host.
        groupadd sftp && groupadd sftp-only && groupadd sftp-readonly && groupadd sftp-admin
        useradd -g sftp -G sftp-only acme && useradd -g sftp -G sftp-only acre`);
    });
    afterAll(() => overlay?.close());

    /** What a shell offers for the last word. */
    const offers: Record<string, (line: string) => Promise<string[]>> = {
      async bash(line) {
        const script = `source /opt/taught/bash
          compopt() { :; }
          read -ra COMP_WORDS <<< "$1"
          [[ $1 == *' ' ]] && COMP_WORDS+=('')
          COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
          _sftpjail
          printf '%s\\n' "\${COMPREPLY[@]}"`;
        return linesOf((await overlay.run('bash', ['-euc', script, 'bash', line])).stdout);
      },
      async fish(line) {
        const script = 'source /opt/taught/fish; complete -C $argv[1]';
        const { stdout } = await overlay.run('fish', ['--no-config', '-c', script, line]);
        return linesOf(stdout).map((offered) => offered.split('\t')[0] as string);
      },
      async zsh(line) {
        // A shell on a terminal of its own writes what it would offer to a file, and ends.
        const script = `
          zmodload zsh/zpty
          zpty shell 'PS1= TERM=dumb zsh -f -i'
          zpty -w shell 'fpath=(/opt/taught/functions $fpath); autoload -Uz compinit; compinit -u'
          zpty -w shell 'compadd() { local -a fit; builtin compadd -O fit "$@"; found+=("\${fit[@]}"); builtin compadd "$@" }'
          zpty -w shell 'shown() { found=(); _main_complete; print -rl -- $found > /run/offered~; exit }'
          zpty -w shell 'zle -C shown complete-word shown; bindkey "^X" shown; print REA''DY'
          zpty -r shell waited '*READY*'
          zpty -w -n shell "$1"$'\\x18'
          while zpty -t shell; do zpty -r -t shell ignored; sleep 0.02; done
          cat /run/offered~; rm /run/offered~`;
        return linesOf((await overlay.run('zsh', ['-f', '-c', script, 'zsh', line])).stdout);
      },
    };
    const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

    test.each(Object.keys(offers))('%s completes commands, options, choices, accounts and files', async (shell) => {
      const offered = async (line: string) => [...new Set(await offers[shell]?.(line))].sort();
      expect(await offered('sftpjail add-')).toEqual(expect.arrayContaining(['add-admin', 'add-user']));
      expect(await offered('sftpjail add-user --pass')).toEqual(['--password-stdin']);
      expect(await offered('sftpjail completion ')).toEqual(['bash', 'fish', 'zsh']);
      expect(await offered('sftpjail add-user ac')).toEqual(['acme', 'acre']);
      expect((await offered('sftpjail add-user --key /opt/taught/two')).join()).toMatch(/two(\\? )words\.pub/);
      expect((await offered('sftpjail init --sysroot /opt/taught/fold')).join()).toMatch(/\bfolder\b/);
    });

    test('mandoc has nothing to say about the man pages, and one stands there for each command', async () => {
      const { stdout: pages } = await overlay.sh('cd /opt/sftpjail/dist/man && ls && mandoc -Tlint *.8 || true');
      const lint = linesOf(pages).filter(
        (line) => line.startsWith('mandoc:') && !/referenced manual not found/.test(line),
      );
      expect(lint).toEqual([]);
      const { stdout: help } = await overlay.run('sftpjail', ['--help']);
      const commands = [...help.matchAll(/^ {2}([a-z-]+(?: [a-z]+)?) \[options\]/gm)].map(
        ([, name = '']) => `sftpjail-${name.replace(' ', '-')}.8`,
      );
      expect(manifest.man).toEqual([...commands, 'sftpjail.8'].sort().map((page) => `dist/man/${page}`));
      expect(
        linesOf(pages)
          .filter((line) => line.endsWith('.8'))
          .sort(),
      ).toEqual([...commands, 'sftpjail.8'].sort());
      const { stdout: page } = await overlay.sh('mandoc -Tutf8 /opt/sftpjail/dist/man/sftpjail-add-user.8 | col -b');
      expect(page).toMatch(/--key file\n\s+A public key that may log in/);
      expect(page).toMatch(/EXIT STATUS\n\s+0\s+Done\./);
    });
  },
  ['bookworm-fleet'],
);
