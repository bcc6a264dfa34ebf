# The sides, the aliases, and the zones: name=id pairs, separated by semicolons. Which side is live is read from AWS.
terraform import cdn_bluegreen_switch.www 'blue=E1AAAAAAAAAAAA,green=E2BBBBBBBBBBBB;www.example.com,example.com;example.com=Z0123456789ABCDEFGHIJ'
