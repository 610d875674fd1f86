// How the embedded Postgres is set up, over its own defaults.

export const POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  // No socket file: its path may not be longer than 107 bytes, and nothing here needs it.
  unix_socket_directories: "",
  max_connections: "200",
  shared_buffers: "256MB",
  // What a killed client left running ends within a second; a vanished network peer within one minute.
  client_connection_check_interval: "1s",
  tcp_keepalives_idle: "30",
  tcp_keepalives_interval: "10",
  tcp_keepalives_count: "3",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  wal_compression: "on",
  random_page_cost: "1.1",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_line_prefix: "%m [%p] %q%a ",
  log_lock_waits: "on",
  log_checkpoints: "off",
};
