import {
  to       = cdn_bluegreen_switch.www
  identity = { id = "blue=E1AAAAAAAAAAAA,green=E2BBBBBBBBBBBB;www.example.com,example.com;example.com=Z0123456789ABCDEFGHIJ" }
}
