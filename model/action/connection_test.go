package action

import "testing"

func TestOutcomeOfSSH(t *testing.T) {
	tests := []struct {
		name, command, output string
		exit                  int
		want                  string
	}{
		{"lost on the way", "ssh prod 'pm2 restart shop'", "client_loop: send disconnect: Broken pipe\n", 255, "unknown"},
		{"nothing is said", "ssh prod 'pm2 restart shop'", "", 255, "unknown"},
		{"after some output", "ssh prod <<'EOF'\npm2 restart shop\nEOF", "[PM2] ok\nTimeout, server prod not responding.\n", 255, "unknown"},
		{"refused", "ssh prod 'pm2 restart shop'", "ssh: connect to host prod port 22: Connection refused\n", 255, "failed"},
		{"the network goes", "ssh prod 'pm2 restart shop'", "Read from remote host prod: Connection timed out\r\n", 255, "unknown"},
		{"no such host", "ssh prod 'pm2 restart shop'", "ssh: Could not resolve hostname prod: Name or service not known\n", 255, "failed"},
		{"no key", "sudo ssh prod 'pm2 restart shop'", "deploy@prod: Permission denied (publickey).\n", 255, "failed"},
		{"the key changed", "ssh prod true", "Host key verification failed.\n", 255, "failed"},
		{"the command's own", "ssh prod 'pm2 restart shop'", "", 1, "failed"},
		{"no ssh", "deploy.sh", "", 255, "failed"},
		{"ssh is not the last", "ssh prod ls; deploy.sh", "", 255, "failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (Plan{Command: tt.command}).Outcome(tt.exit, tt.output); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
