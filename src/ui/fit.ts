const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** How many columns of a terminal a character takes. */
const columnsOf = (character: string): number => (/\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1);

/** As much of a line's beginning as fits, with … in place of the rest. */
export function fit(line: string, columns: number): string {
  const characters = [...line];
  if (characters.reduce((sum, character) => sum + columnsOf(character), 0) <= columns) return line;
  let left = columns - 1;
  const fitting = characters.findIndex((character) => {
    left -= columnsOf(character);
    return left < 0;
  });
  return `${characters.slice(0, fitting).join('')}…`;
}
