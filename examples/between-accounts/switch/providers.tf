# One provider for all three accounts: its own credentials, and with these a role in each of the others.

provider "cdn" {
  access_key    = "rehearsal"
  secret_key    = "rehearsal"
  poll_interval = "1s" # 15s at AWS, where everything takes about 15 times as long as in the simulator

  accounts = {
    new = { assume_role = { role_arn = "arn:aws:iam::210987654321:role/cutover" } }
    dns = { assume_role = { role_arn = "arn:aws:iam::333344445555:role/cutover" } }
  }

  endpoints {
    edge = "127.0.0.1:8080" # probes connect there, whatever a name resolves to
  }
}
