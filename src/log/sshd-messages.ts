/** What a line of sshd tells. */
export type SshdKind =
  | 'connection'
  | 'accepted'
  | 'failed'
  | 'invalidUser'
  | 'notAllowed'
  | 'denied'
  | 'tooMany'
  | 'tooSlow'
  | 'gaveUp'
  | 'pamOpened'
  | 'pamClosed'
  | 'childPid'
  | 'starting'
  | 'refusing'
  | 'closeSession'
  | 'receivedDisconnect'
  | 'disconnected'
  | 'connectionLost'
  | 'timeout'
  | 'inactive'
  | 'unused'
  | 'reaped'
  | 'sessionPid'
  | 'badChroot'
  | 'fatal'
  | 'restarted'
  | 'penalty'
  | 'noise'
  | 'debug';

export interface SshdMessage {
  readonly kind: SshdKind;
  readonly shape: RegExp;
}

/**
 * Messages of sshd 6.6 to 10.5 and of PAM in its name. All are anchored at both ends with what an attacker chooses (a
 * user name) in the greedy middle, so that a name cannot shift the fields behind it. Addresses can be blank: a published
 * log has them so.
 */
export const SSHD_MESSAGES: readonly SshdMessage[] = [
  { kind: 'connection', shape: /^Connection from (?<ip>\S*) ?port (?<port>\d+)( on .*)?$/ },
  {
    kind: 'accepted',
    shape:
      /^Accepted (?<method>\S+) for (?<user>.*) from (?:(?<ip>\S+) )?port (?<port>\d+)(?: ssh2)?(?:: (?<keyType>\S+) (?:ID .* )?(?<fingerprint>[A-Z0-9]+:\S+)(?: .*)?)?$/,
  },
  {
    kind: 'failed',
    shape:
      /^Failed (?<method>\S+) for (?:invalid user )?(?<user>.*) from (?:(?<ip>\S+) )?port (?<port>\d+)(?: ssh2)?(?:: (?<keyType>\S+) (?:ID .* )?(?<fingerprint>[A-Z0-9]+:\S+)(?: .*)?)?$/,
  },
  { kind: 'invalidUser', shape: /^Invalid user (?<user>.*) from (?<ip>\S*)(?: port (?<port>\d+))?$/ },
  { kind: 'notAllowed', shape: /^User (?<user>.*?)(?: from (?<ip>\S+))? not allowed because (?<reason>.*)$/ },
  {
    kind: 'denied',
    shape: /^fatal: (?<reason>Access denied for user (?<user>.*) by PAM account configuration)$/,
  },
  {
    kind: 'tooMany',
    shape:
      /^error: (?<reason>maximum authentication attempts exceeded) for (?:invalid user )?(?<user>.*) from (?:(?<ip>\S+) )?port (?<port>\d+) ssh2$/,
  },
  {
    kind: 'tooSlow',
    shape:
      /^(?:fatal: )?(?<reason>Timeout before authentication) for (?:connection from (?<ip>\S+) to \S+, pid = (?<process>\d+)|\S+ port \d+)$/,
  },
  {
    kind: 'gaveUp',
    shape:
      /^(?<reason>Connection (?:closed|reset) by|Disconnected from|Disconnecting|Connection closed by) (?:authenticating|invalid) user (?<user>.*) (?<ip>\S+) port (?<port>\d+)(?:: (?<detail>.*))?$/,
  },
  {
    kind: 'pamOpened',
    shape: /^pam_unix\(sshd:session\): session opened for user (?<user>\S+?)(?:\(uid=\d+\))? by .*$/,
  },
  { kind: 'pamClosed', shape: /^pam_unix\(sshd:session\): session closed for user (?<user>\S+)$/ },
  { kind: 'childPid', shape: /^User child is on pid (?<child>\d+)$/ },
  {
    kind: 'starting',
    shape: /^Starting session: (?<what>.*) for (?<user>\S+) from (?<ip>\S*) port (?<port>\d+) id (?<id>\d+)$/,
  },
  {
    kind: 'refusing',
    shape: /^(?<reason>subsystem request for (?<what>\S+))(?: by user (?<user>\S+))? failed, subsystem not found$/,
  },
  { kind: 'starting', shape: /^(?<what>subsystem request for sftp)(?: by user (?<user>\S+))?$/ },
  {
    kind: 'refusing',
    shape:
      /^error: Connection from user (?<user>\S+) (?<ip>\S+) port (?<port>\d+): (?<reason>refusing non-sftp session)$/,
  },
  {
    kind: 'closeSession',
    shape: /^Close session: user (?<user>\S+) from (?<ip>\S*) port (?<port>\d+) id (?<id>\d+)$/,
  },
  {
    kind: 'receivedDisconnect',
    shape:
      /^Received disconnect from (?:(?<ip>[^\s:]\S*?)(?: port (?<port>\d+))?: ?|(?<blank> ?))(?<code>\d+): ?(?<reason>.*)$/,
  },
  { kind: 'disconnected', shape: /^Disconnected from (?:user (?<user>\S+) )?(?<ip>\S+) port (?<port>\d+)$/ },
  {
    kind: 'connectionLost',
    shape:
      /^(?<reason>Connection (?:closed|reset) by|Read error from remote host|Write failed|ssh_dispatch_run_fatal: Connection from|Disconnecting) (?:user (?<user>\S+) )?(?<ip>\S+) port (?<port>\d+)(?:: (?<detail>.*))?$/,
  },
  {
    kind: 'timeout',
    shape: /^(?<reason>Timeout, client not responding)(?:\.| from user (?<user>\S+) (?<ip>\S+) port (?<port>\d+))$/,
  },
  { kind: 'inactive', shape: /^channel (?<channel>\d+): closing after (?<seconds>\d+) seconds of inactivity$/ },
  {
    kind: 'unused',
    shape: /^(?<reason>terminating inactive connection) from user (?<user>\S+) (?<ip>\S+) port (?<port>\d+)$/,
  },
  { kind: 'reaped', shape: /^(?:error: )?mm_reap: .* terminated by signal (?<signal>\d+)$/ },
  { kind: 'sessionPid', shape: /^debug1: session_by_pid: pid (?<child>\d+)$/ },
  {
    kind: 'badChroot',
    shape: /^fatal: (?<reason>(?:bad ownership or modes for chroot|chroot path|safely_chroot:|chroot\().*)$/,
  },
  {
    kind: 'penalty',
    shape: /^drop connection #\d+ from \[(?<ip>.*)\]:(?<port>\d+) on .* (?<reason>penalty: .*|past MaxStartups.*)$/,
  },
  { kind: 'fatal', shape: /^fatal: (?<reason>.*)$/ },
  { kind: 'restarted', shape: /^Server listening on .* port \d+\.$/ },
  { kind: 'debug', shape: /^debug[123]: .*$/ },
  // What is of no consequence to a session or a login.
  ...[
    /^Accepted (?:key|certificate) .*$/,
    /^(?:Postponed|Partial) \S+ for .*$/,
    /^Changed root directory to ".*"$/,
    /^Transferred: sent \d+, received \d+ bytes$/,
    /^Closing connection to .*$/,
    /^Connection (?:closed|reset) (?:by|from) .*$/,
    /^Disconnect(?:ed|ing):? .*$/,
    /^Received (?:signal \d+; terminating|SIGHUP; restarting)\.$/,
    /^(?:Did not receive identification string|Bad protocol version identification|Unable to negotiate) .*$/,
    /^(?:banner exchange|kex_exchange_identification|kex_protocol_error|ssh_dispatch_run_fatal): .*$/,
    /^Authentication (?:refused|tried) ?.*$/,
    /^(?:Could not|Unable to|Cannot) .*$/,
    /^(?:reverse mapping checking|Address .* maps to|Nasty PTR record) .*$/,
    /^User .* password has expired.*$/,
    /^subsystem request for .*$/,
    /^Starting session: .*$/,
    /^pam_\w+\(sshd:\w+\): .*$/,
    /^PAM(?:: | \d+ more).*$/,
    /^error: .*$/,
    /^(?:Exiting on signal|beginning MaxStartups|exited MaxStartups|drop connection) ?.*$/,
    // 6.6 and 7.x, as on Enterprise Linux 6 and 7.
    /^(?:Read error from remote host|Write failed:|Bad packet length|Corrupted MAC|ROOT LOGIN REFUSED|Protocol major) ?.*$/,
    /^(?:input_userauth_request|dispatch_protocol_\w+|lastlog_\w+|rexec line \d+): .*$/,
    /^(?:ssh_packet|mm_|monitor_|userauth_|auth_|kex_|sshpam_|sshd_|srclimit_|server_|channel ?)\w*.*$/,
    /^(?:Forwarding|Tunnel|refused|Refused|Bind to|Local forwarding|Remote forwarding|Attempt to write login records) .*$/,
    /^(?:message repeated) (?!\d+ times: \[ ).*$/,
  ].map((shape) => ({ kind: 'noise' as const, shape })),
];

/**
 * What of it a log has of each login, as a Pattern has it, but that `{any}` ends at a carriage return and is more than `[preauth]`. No other row begins
 * as one of these, so that whoever finds one has no need of the table.
 */
export const FREQUENT_NOISE = [
  ...['ED25519', 'ECDSA', 'RSA'].map((type) => `Accepted key ${type} SHA256:{any}`),
  ...['Postponed publickey for {any}', 'Changed root directory to "{any}"', 'Closing connection to {any}'],
  ...['pam_env(sshd:session): {any}'],
];
