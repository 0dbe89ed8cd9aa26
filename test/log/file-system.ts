/** A file system in memory that remembers the true fate of every file: a model for tests. */
export interface Inode {
  id: number;
  children: Map<string, Inode> | null;
  /** Every path that it had at any time. */
  names: Set<string>;
  /** The operations, by number, that were done to it or to folders that it was in. */
  story: number[];
}

export class FileSystem {
  readonly inodes: Inode[] = [];
  readonly #root: Inode = this.#inode(true);

  #inode(isFolder: boolean): Inode {
    const inode = {
      id: this.inodes.length,
      children: isFolder ? new Map() : null,
      names: new Set<string>(),
      story: [],
    };
    this.inodes.push(inode);
    return inode;
  }

  find(path: string): Inode | undefined {
    return path
      .split('/')
      .filter(Boolean)
      .reduce<Inode | undefined>((folder, name) => folder?.children?.get(name), this.#root);
  }

  /** @returns whether it succeeded */
  upload(path: string, operation: number): boolean {
    const there = this.find(path);
    if (there?.children || !this.#folder(path)) return false;
    const inode = there ?? this.#add(path, this.#inode(false));
    inode.story.push(operation);
    return true;
  }

  download(path: string, operation: number): boolean {
    const there = this.find(path);
    if (!there || there.children) return false;
    there.story.push(operation);
    return true;
  }

  mkdir(path: string, operation: number): boolean {
    if (this.find(path) || !this.#folder(path)) return false;
    this.#add(path, this.#inode(true)).story.push(operation);
    return true;
  }

  remove(path: string, operation: number, isFolder: boolean): boolean {
    const there = this.find(path);
    if (!there || (there.children !== null) !== isFolder || (there.children?.size ?? 0) > 0) return false;
    there.story.push(operation);
    this.#folder(path)?.delete(baseOf(path));
    return true;
  }

  hardlink(path: string, target: string, operation: number): boolean {
    const there = this.find(path);
    if (!there || there.children || this.find(target) || !this.#folder(target)) return false;
    there.story.push(operation);
    this.#add(target, there);
    return true;
  }

  /** rename(2), as posix-rename does it. */
  rename(path: string, target: string, operation: number): boolean {
    const there = this.find(path);
    const replaced = this.find(target);
    if (!there || !this.#folder(target) || target.startsWith(`${path}/`)) return false;
    if (replaced === there) {
      there.story.push(operation);
      return true;
    }
    if (replaced && ((replaced.children !== null) !== (there.children !== null) || replaced.children?.size))
      return false;
    replaced?.story.push(operation);
    this.#folder(path)?.delete(baseOf(path));
    this.#add(target, there);
    for (const inode of new Set(everythingIn(there))) inode.story.push(operation);
    return true;
  }

  #folder(path: string): Map<string, Inode> | null | undefined {
    return this.find(path.slice(0, path.lastIndexOf('/')))?.children;
  }

  #add(path: string, inode: Inode): Inode {
    this.#folder(path)?.set(baseOf(path), inode);
    const name = (each: Inode, at: string): void => {
      each.names.add(at);
      for (const [child, below] of each.children ?? []) name(below, `${at}/${child}`);
    };
    name(inode, path);
    return inode;
  }

  /** The names that it has now. */
  namesOf(inode: Inode, folder = this.#root, at = ''): string[] {
    return [...(folder.children ?? [])].flatMap(([name, child]) => [
      ...(child === inode ? [`${at}/${name}`] : []),
      ...this.namesOf(inode, child, `${at}/${name}`),
    ]);
  }
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function everythingIn(inode: Inode): Inode[] {
  return [inode, ...[...(inode.children?.values() ?? [])].flatMap(everythingIn)];
}
