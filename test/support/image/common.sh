install() {
  # Keeps the packages from starting their daemons while the image is made.
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  apt-get -q update
  apt-get -q install --yes --no-install-recommends "$@"
  rm /usr/sbin/policy-rc.d
}

# What a Debian installer leaves behind: ssh.service; a test that wants ssh.socket enables it.
stock_ssh() {
  systemctl disable ssh.socket
  systemctl enable ssh.service
}

place_for_product() {
  mkdir -p /opt/sftpjail /opt/test-support
  ln -s /opt/sftpjail/bin/sftpjail.js /usr/local/bin/sftpjail
}

tidy() {
  echo "$1" > /etc/hostname
  printf '127.0.0.1 localhost %s\n::1 localhost\n' "$1" > /etc/hosts
  systemctl disable apt-daily.timer apt-daily-upgrade.timer
  rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
  : > /etc/machine-id
  chmod 444 /etc/machine-id
}
