package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"calm/model/runbook"
)

// TestSeedCommands: what was found by hand in the founders' runbook is found where it stands.
func TestSeedCommands(t *testing.T) {
	found := Check(load(t, "../testdata/seed.md"))
	for _, want := range []struct {
		line int
		rule string
	}{
		{132, "commands-after-ssh"},
		{135, "build-time-variable"},
		{138, "env-not-seen"},
		{141, "grep-count-zero"},
		{141, "curl-without-fail"},
		{159, "install-under-app"},
		{166, "curl-without-fail"},
		{177, "stop-without-start"},
		{180, "restore-nothing"},
		{180, "drop-without-dump"},
		{180, "latest-as-rollback"},
		{180, "no-undo"},
		{180, "password-in-argv"},
		{183, "password-in-argv"},
		{189, "blocks-the-rest"},
		{208, "echo-checks-shell"},
		{209, "echo-checks-shell"},
		{212, "endless-pipe"},
		{216, "not-shell"},
		{243, "password-in-argv"},
		{246, "endless-pipe"},
		{271, "password-in-argv"},
		{307, "endless-pipe"},
		{310, "token-in-argv"},
		{347, "blocks-the-rest"},
		{350, "node-runs-npm"},
		{353, "signal-kills-node"},
		{361, "env-not-seen"},
		{366, "not-shell"},
		{366, "cron-path"},
		{556, "build-time-variable"},
		{557, "env-not-seen"},
		{561, "not-shell"},
		{561, "location-beaten"},
		{564, "nginx-untested"},
		{564, "no-check"},
	} {
		if !slices.ContainsFunc(found, func(f Finding) bool { return f.Line == want.line && f.Rule == want.rule }) {
			t.Errorf("seed.md:%d: %s is not found", want.line, want.rule)
		}
	}
	for _, f := range found {
		if f.Line == 0 || f.Step == "" && slices.ContainsFunc(commandRules(), func(r Rule) bool { return r.ID == f.Rule }) {
			t.Errorf("%+v belongs to no step", f)
		}
	}
}

// in wraps commands into a runbook of one procedure.
func in(title, commands string) string { return "## " + title + "\n\n~~~bash\n" + commands + "\n~~~\n" }

// TestCommandsThatAreRight: what looks like a rule's case and is not must stay silent.
func TestCommandsThatAreRight(t *testing.T) {
	for _, text := range []string{
		in("Look", "pm2 logs shop --nostream | grep x"),
		in("Look", "timeout 30 pm2 logs shop | sort"),
		in("Look", "kubectl logs -f deploy/shop | grep -m1 ready"),
		in("Look", "tail -f /var/log/shop.log | grep ERROR"),
		in("Look", "kubectl port-forward svc/shop 8080:80 &\ncurl -fsS localhost:8080/health"),
		in("Look", "docker exec -it shop ps aux\ndocker ps"),
		in("Look", "ssh shop.example uptime\nuptime"),
		"## Look\n\n~~~console\n$ top\n$ uptime\n~~~\n",
		in("Restart", "export DUMP=/var/tmp/x\nmongodump --config=m.yaml --out=\"$DUMP\"\npm2 restart shop"),
		in("Restart", "export FLAG=1\npm2 restart shop --update-env\npm2 restart shop"),
		in("Restart", "export AWS_PROFILE=prod\npm2 restart shop"),
		in("Restart", "(export FLAG=1; ./migrate)\npm2 restart shop"),
		in("Count", "curl -fsS https://shop.example/ | grep -c widget\n# Should return 1"),
		in("Count", "n=$(grep -c widget page.html)\n# Should return 0"),
		in("Ask", "# Verify health\ncurl -s -o /dev/null -w '%{http_code}' https://shop.example/health"),
		in("Ask", "# Verify health\ncurl -s https://shop.example/health\n# Expected: \"status\":\"ok\""),
		in("Ask", "# Verify health\ncurl -s https://shop.example/health | grep -q ok"),
		in("Ask", "mongosh --nodb --eval 'db = connect(process.env.MONGODB_URI); db.orders.countDocuments()'"),
		in("Ask", "PGPASSWORD=\"$DB_PASSWORD\" psql -h db -c 'select 1'"),
		in("Ask", "curl -fsS -u \"$USER\" https://shop.example/"),
		in("Ask", "echo \"$DEPLOY_PASSWORD\" | docker login --password-stdin"),
		in("Load", "mongorestore --uri=mongodb://db.internal --dir=/backups/nightly"),
		in("Load", "mongorestore --uri=mongodb://db.internal/shop --archive=/backups/nightly.gz"),
		in("Signal", "kill -USR2 $(cat /run/nginx.pid)"),
		in("Signal", "kill \"$(pm2 pid shop)\"\nsleep 10\nkill -9 \"$(pm2 pid shop)\""),
		in("Clean", "cd /srv/shop/cache && rm -rf pages"),
		in("Clean", "set -e\ncd /srv/shop/cache\nrm -rf pages"),
		in("Clean", "CACHE=/srv/shop/cache\nrm -rf \"$CACHE\"/pages"),
		in("Clean", "rm /var/log/nginx/access.log.1"),
		in("Pod", "kubectl delete pod shop-1"),
		in("Build", "pm2 stop shop\nnpm ci\npm2 restart shop\n") + "\nIf the install fails, start the shop again.\n",
		in("Commit", "git commit -m \"Close the route — for now\""),
		in("Query", "curl -fsS https://shop.example/a & curl -fsS https://shop.example/b & wait"),
		in("Query", "psql -h db\nSELECT 1;"),
		in("Load", "docker exec -it db psql -c 'select 1' | less"),
		"## Close the route\n\n~~~nginx\nlocation / {\n  return 503;\n}\n~~~\n",
		"## Open the route\n\n~~~nginx\nlocation /api/ {\n  proxy_pass http://app;\n}\n~~~\n",
		"## Every night\n\n~~~cron\n0 3 * * * /usr/bin/find /tmp -mtime +3 -delete\n~~~\n",
	} {
		for _, f := range Check(parse(t, text)) {
			t.Errorf("%s\n%d: %s: %s", text, f.Line, f.Rule, f.Message)
		}
	}
}

// TestCommandsThatAreWrong are further shapes of a rule's case, beside its bad example.
func TestCommandsThatAreWrong(t *testing.T) {
	for _, c := range []struct{ rule, text string }{
		{"env-not-seen 6", in("Restart", "FLAG=1 pm2 restart shop\npm2 list\nFLAG=1 pm2 reload shop")},
		{"env-not-seen 5", in("Restart", "export FLAG=1\nsudo systemctl restart shop")},
		{"env-not-seen 5", in("Restart", "export FLAG=1\nkubectl rollout restart deploy/shop")},
		{"build-time-variable 4", in("Flag", "sed -i 's/VITE_FLAG=.*/VITE_FLAG=0/' .env\npm2 restart shop --update-env")},
		{"build-time-variable 4", in("Flag", "echo REACT_APP_FLAG=0 >> .env\npm2 restart shop")},
		{"curl-without-fail 4", in("Ask", "curl -s https://shop.example/health && pm2 list")},
		{"curl-without-fail 4", in("Ask", "curl -s https://shop.example/ | grep -v widget")},
		{"endless-pipe 4", in("Look", "journalctl -u shop -f | wc -l")},
		{"endless-pipe 5", in("Look", "sudo -u shop \\\n  pm2 logs | grep x")},
		{"blocks-the-rest 4", in("Look", "vim shop.yaml\npm2 list")},
		{"commands-after-ssh 4", in("Look", "kubectl exec -it shop-1 -- bash\nps aux")},
		{"password-in-argv 4", in("Ask", "mysql -uroot -psecret1 -e 'select 1'")},
		{"password-in-argv 4", in("Ask", "psql postgres://app:hunter2@db/shop -c 'select 1'")},
		{"password-in-argv 4", in("Ask", "curl -fsS -u admin:hunter2 https://shop.example/")},
		{"restore-nothing 4", in("Load", "mongorestore --uri=\"mongodb://db/shop\" /backups/20261123/")},
		{"nginx-untested 4", in("Load", "sudo systemctl reload nginx\nnginx -t")},
		{"kill-nine-first 4", in("End", "sudo kill -9 $(pgrep worker)")},
		{"remove-variable 5", in("Clean", "ls\nrm -rf ${CACHE}/*")},
		{"log-emptied 4", in("Clean", "truncate -s 0 /var/log/shop.log")},
		{"pasted-marks 4", in("Load", "pm2 restart shop\u00a0--update-env")},
		{"pasted-marks 4", in("Load", "grep “error” shop.txt")},
		{"curl-to-shell 4", in("Load", "wget -qO- https://get.example/x.sh | sudo sh")},
		{"destroy-without-backup 4", in("Clean", "kubectl delete pvc data-0")},
		{"discards-changes 4", in("Push", "git push -f origin main")},
		{"placeholder-runs 4", in("Undo", "kubectl rollout undo deploy/YOUR_APP")},
		{"not-shell 4", in("Ask", "SELECT count(*) FROM pg_stat_activity;")},
	} {
		var got []string
		for _, f := range Check(parse(t, c.text)) {
			got = append(got, fmt.Sprintf("%s %d", f.Rule, f.Line))
		}
		if !slices.Contains(got, c.rule) {
			t.Errorf("%s\nhas %q, want %s", c.text, got, c.rule)
		}
	}
}

// TestFindingsHoldNoSecret: a report is mailed around, and a password in it is one more leak.
func TestFindingsHoldNoSecret(t *testing.T) {
	text := in("Load", "mongorestore --drop --uri=mongodb://app:hunter2@db/shop /backups/latest") +
		in("Ask", "curl -k -u admin:hunter2 https://app:hunter2@shop.example/health && mysql -phunter2 -e 'DROP TABLE x'\nFOO=hunter2 pm2 restart shop")
	found := Check(parse(t, text))
	if len(found) < 5 {
		t.Errorf("only %d findings", len(found))
	}
	for _, f := range found {
		if strings.Contains(f.Message+f.Help, "hunter2") {
			t.Errorf("%s says the password: %s %s", f.Rule, f.Message, f.Help)
		}
	}
}

// FuzzCheck: whatever a file holds, its findings are lines of it.
func FuzzCheck(f *testing.F) {
	for _, r := range Rules() {
		f.Add(r.Bad)
		f.Add(r.Good)
	}
	f.Add("\xef\xbb\xbf# a\r\n\r\n~~~bash\r\nrm -rf $A/*\r\n")
	f.Add("> 1. ~~~sh\n>    $ ssh h\n>    x\n")
	f.Fuzz(func(t *testing.T, text string) {
		rb, err := runbook.Parse("book.md", []byte(text))
		if err != nil {
			return
		}
		for _, found := range Check(rb, Exists(thereAre)) {
			if found.Line < 1 || found.Line > strings.Count(text, "\n")+1 || found.Message == "" || strings.Contains(found.Message, "\n") {
				t.Errorf("%q: %+v", text, found)
			}
		}
	})
}
