/** Users and groups of a sandbox, from its /etc/passwd and /etc/group. */
export class Accounts {
  private readonly users: readonly Account[];
  private readonly groups: readonly Account[];

  constructor(passwd: string, group: string) {
    this.users = parse(passwd);
    this.groups = parse(group);
  }

  ownerName(uid: number): string {
    return this.users.find((user) => user.id === uid)?.name ?? String(uid);
  }

  groupName(gid: number): string {
    return this.groups.find((group) => group.id === gid)?.name ?? String(gid);
  }

  /** Undefined for a name that nobody has. A number stands for itself, as `chown` reads it. */
  uidOf(owner: string): number | undefined {
    return idOf(this.users, owner);
  }

  gidOf(group: string): number | undefined {
    return idOf(this.groups, group);
  }

  /** Ids and home of a container's `User`, which is `name`, `uid`, `name:group` or the like; empty means root. */
  resolveUser(user: string): { uid: number; gid: number; home: string } {
    const [name = '', group = ''] = user.split(':', 2);
    const uid = name === '' ? 0 : (this.uidOf(name) ?? 0);
    const account = this.users.find((each) => each.id === uid);
    const gid = group === '' ? undefined : this.gidOf(group);
    return { uid, gid: gid ?? account?.primaryGroup ?? 0, home: account?.home ?? '/' };
  }
}

interface Account {
  name: string;
  id: number;
  primaryGroup: number | undefined;
  home: string | undefined;
}

/** `name:password:id:…`, in passwd followed by `gid:comment:home:shell`. */
function parse(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , id = '', fourth = '', , home = ''] = line.split(':');
    if (name === '' || !/^\d+$/.test(id)) return [];
    return [
      {
        name,
        id: Number(id),
        primaryGroup: /^\d+$/.test(fourth) ? Number(fourth) : undefined,
        home: home === '' ? undefined : home,
      },
    ];
  });
}

function idOf(accounts: readonly Account[], name: string): number | undefined {
  const found = accounts.find((account) => account.name === name);
  if (found !== undefined) return found.id;
  return /^\d+$/.test(name) ? Number(name) : undefined;
}
