package shell

import (
	"fmt"
	"strings"
	"testing"
)

// outline writes steps the way the tests below are written.
func outline(steps []Step) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&b, "%s %s [%s] %s", s.Kind, s.Risk, s.Title, strings.ReplaceAll(s.Text, "\n", "⏎"))
		if s.Expect != nil {
			fmt.Fprintf(&b, " ! %s", s.Expect.Text)
		}
		if s.Output != "" {
			fmt.Fprintf(&b, " => %s", strings.ReplaceAll(s.Output, "\n", "⏎"))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func checkOutline(t *testing.T, name, lang, block string, want ...string) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Helper()
		steps := Split(block, lang)
		if got := outline(steps); got != strings.Join(want, "\n")+"\n" {
			t.Errorf("got\n%swant\n%s", got, strings.Join(want, "\n"))
		}
		if err := covered(block, steps); err != nil {
			t.Error(err)
		}
	})
}

func TestSplitNamesAndExpects(t *testing.T) {
	checkOutline(t, "feature flag", "bash", "# SSH to production server\nssh production.example.com\n\n# Set feature flag to disable\nexport X=false\n\n# Verify widget is disabled\ncurl https://example.com/ | grep -c \"widget\"\n# Should return 0\n",
		`shell unknown [SSH to production server] ssh production.example.com`, `shell changes [Set feature flag to disable] export X=false`, `shell reads [Verify widget is disabled] curl https://example.com/ | grep -c "widget" ! Should return 0`)
	checkOutline(t, "numbered", "bash", "# 1. Stop application to prevent new writes\npm2 stop app\n\n# 2) Rebuild\nnpm ci\nnpm run build\n\n# Step 3: Watch\npm2 logs app --nostream\n",
		`shell changes [Stop application to prevent new writes] pm2 stop app`, `shell changes [Rebuild] npm ci`, `shell changes [Rebuild] npm run build`, `shell reads [Watch] pm2 logs app --nostream`)
	checkOutline(t, "the title ends with the paragraph", "bash", "# Check flags\necho a\n\necho b\n", `shell reads [Check flags] echo a`, `shell reads [] echo b`)
	checkOutline(t, "a comment, a blank, the command", "bash", "# Deploy\n\nnpm ci\n", `shell changes [Deploy] npm ci`)
	checkOutline(t, "comments without a command are for a person", "bash", "# 3. Notify stakeholders\n# Post in #incidents\n\n# 4. Wait\n", `prose reads [Notify stakeholders] # 3. Notify stakeholders⏎# Post in #incidents`, `prose reads [Wait] # 4. Wait`)
	checkOutline(t, "a note after a command", "bash", "kill -USR2 1\n# Analyze with Chrome DevTools\n", `shell changes [] kill -USR2 1`, `prose reads [Analyze with Chrome DevTools] # Analyze with Chrome DevTools`)
	checkOutline(t, "on the line itself", "bash", "curl http://x/health   # expect 200\n", `shell reads [] curl http://x/health ! expect 200`)
	checkOutline(t, "in the title", "bash", "# Check replicas (should be 3)\nkubectl get pods\n", `shell reads [Check replicas (should be 3)] kubectl get pods ! should be 3`)
	checkOutline(t, "an expectation between commands", "bash", "redis-cli ping\n# Expected: PONG\nredis-cli info\n", `shell reads [] redis-cli ping ! Expected: PONG`, `shell reads [] redis-cli info`)
	checkOutline(t, "a shebang is no title", "bash", "#!/bin/bash\nls\n", `shell reads [] ls`)
	checkOutline(t, "banners", "bash", "# ==========\n# Health\n# ==========\nls\n", `shell reads [Health] ls`)
}

func TestExpectedOutputOverSeveralLines(t *testing.T) {
	steps := Split("ls\n# Expected:\n#   a\n#   b\n", "bash")
	if len(steps) != 1 || steps[0].Expect == nil || steps[0].Expect.Output != "a\nb" {
		t.Errorf("%s %+v", outline(steps), steps[0].Expect)
	}
}

func TestSplitStatements(t *testing.T) {
	checkOutline(t, "continuation", "bash", "az postgres flexible-server restore \\\n  -g rg \\\n  --name x\nls\n", `shell changes [] az postgres flexible-server restore \⏎  -g rg \⏎  --name x`, `shell reads [] ls`)
	checkOutline(t, "heredoc", "bash", "cat > notes.md <<EOF\n# Title\n\nkubectl delete pod x\nEOF\nls\n", `shell changes [] cat > notes.md <<EOF⏎# Title⏎⏎kubectl delete pod x⏎EOF`, `shell reads [] ls`)
	checkOutline(t, "heredoc to psql", "sh", "psql <<EOF\nDROP DATABASE x;\nEOF\n", `shell destroys [] psql <<EOF⏎DROP DATABASE x;⏎EOF`)
	checkOutline(t, "an indented delimiter", "bash", "  cat > x <<EOF\n  rm y\n  EOF\n  ls\n", `code unknown [] cat > x <<EOF⏎  rm y⏎  EOF`, `shell reads [] ls`)
	checkOutline(t, "blocks", "bash", "for i in 1 2; do\n  # look\n  curl -s http://x/$i\n\ndone\nif true; then\n  ls\nfi\n", "shell reads [] for i in 1 2; do⏎  # look⏎  curl -s http://x/$i⏎⏎done", "shell reads [] if true; then⏎  ls⏎fi")
	checkOutline(t, "several on a line", "bash", "cd /x && npm ci; ls\n", `shell changes [] cd /x && npm ci; ls`)
	checkOutline(t, "pipe at the end of the line", "bash", "ls |\n  wc -l\n", `shell reads [] ls |⏎  wc -l`)
	checkOutline(t, "a quoted newline", "bash", "psql -c \"SELECT 1\nFROM t;\"\n", "shell reads [] psql -c \"SELECT 1⏎FROM t;\"")
	checkOutline(t, "CRLF", "bash", "# Look\r\nls\r\n\r\nrm x\r\n", `shell reads [Look] ls`, `shell destroys [] rm x`)
	checkOutline(t, "indented", "bash", "   # Look\n   ls\n", `shell reads [Look] ls`)
	checkOutline(t, "broken", "bash", "echo \"never closed\nls\n", `code unknown [] echo "never closed`, `shell reads [] ls`)
	checkOutline(t, "placeholders", "bash", "git checkout <last-known-good-commit>\ngit revert <bad-sha> --no-edit\n", `shell changes [] git checkout <last-known-good-commit>`, `shell changes [] git revert <bad-sha> --no-edit`)
}

func TestSplitWhatIsNoShell(t *testing.T) {
	checkOutline(t, "nginx", "bash", "# Block the API\n# Add to nginx config:\nlocation /api/support/ {\n  return 503;\n}\nnginx -s reload\n", `nginx changes [Block the API] location /api/support/ {⏎  return 503;⏎}`, `shell changes [Block the API] nginx -s reload`)
	checkOutline(t, "nginx directive", "bash", "limit_req zone=api burst=5;\n", `nginx changes [] limit_req zone=api burst=5;`)
	checkOutline(t, "cron", "bash", "0 */12 * * * pm2 restart app\n@daily rm /tmp/x\n*/5 * * * 1-5 root /usr/bin/x\n", `cron changes [] 0 */12 * * * pm2 restart app`, `cron destroys [] @daily rm /tmp/x`, `cron unknown [] */5 * * * 1-5 root /usr/bin/x`)
	checkOutline(t, "browser", "bash", "# Test in browser\n# Open DevTools → Console → Run:\nlocalStorage.getItem('session')\nlocalStorage.clear()\n", `javascript reads [Test in browser] localStorage.getItem('session')`, `javascript destroys [Test in browser] localStorage.clear()`)
	checkOutline(t, "sql", "bash", "# Long queries\nSELECT pid, query\nFROM pg_stat_activity\nWHERE state != 'idle';\n\nDELETE FROM events;\n", "code reads [Long queries] SELECT pid, query⏎FROM pg_stat_activity⏎WHERE state != 'idle';", `code destroys [] DELETE FROM events;`)
	checkOutline(t, "mongosh and then JavaScript", "bash", "mongosh \"$URI\"\nuse shop\ndb.orders.find({\n  a: 1\n})\ndb.orders.drop()\nexit\nls\n", `shell unknown [] mongosh "$URI"`, `javascript reads [] use shop`, "javascript reads [] db.orders.find({⏎  a: 1⏎})", `javascript destroys [] db.orders.drop()`, `code reads [] exit`, `shell reads [] ls`)
	checkOutline(t, "psql and then SQL", "bash", "psql $URL\n\\dt\nselect count(*) from t;\ndrop table t;\n\\q\nls\n", `shell unknown [] psql $URL`, `code reads [] \dt`, `code reads [] select count(*) from t;`, `code destroys [] drop table t;`, `code reads [] \q`, `shell reads [] ls`)
	checkOutline(t, "redis", "bash", "redis-cli\nINFO memory\nFLUSHALL\n", `shell unknown [] redis-cli`, `code reads [] INFO memory`, `code destroys [] FLUSHALL`)
	checkOutline(t, "a redis prompt empties no file", "shell", "> config get maxmemory\n> flushall\n", `code reads [] > config get maxmemory`, `code destroys [] > flushall`)
	checkOutline(t, "prose", "bash", "Start video call for incidents\nPost link in the channel\n\n[Copy of diagnostic commands used]\n", "prose reads [] Start video call for incidents⏎Post link in the channel", `prose reads [] [Copy of diagnostic commands used]`)
	checkOutline(t, "bullets", "bash", "- [ ] Fix the cause\n- Add a monitor\n", "prose reads [] - [ ] Fix the cause⏎- Add a monitor")
	checkOutline(t, "a request", "bash", "PATCH /admin/webhooks/:id\n{ \"isActive\": false }\n\nGET /admin/stats   # or the dashboard\nDELETE /admin/keys/:id\n", "code changes [] PATCH /admin/webhooks/:id⏎{ \"isActive\": false }", "code reads [] GET /admin/stats   # or the dashboard⏎DELETE /admin/keys/:id")
	checkOutline(t, "a response in the command's block", "bash", "curl http://x/health\n{\n  \"status\": \"ok\"\n}\n", "shell reads [] curl http://x/health => {⏎  \"status\": \"ok\"⏎}")
	checkOutline(t, "typescript", "bash", "import { x } from 'y'\nconst a = new X()\nexport const b = 1\n", `code unknown [] import { x } from 'y'`, `javascript unknown [] const a = new X()`, `code unknown [] export const b = 1`)
	checkOutline(t, "PromQL", "bash", "# p95\nhistogram_quantile(0.95, rate(x_bucket[5m])) < 0.2\nup{job=\"api\"}\n", `code unknown [p95] histogram_quantile(0.95, rate(x_bucket[5m])) < 0.2`, `code unknown [p95] up{job="api"}`)
	checkOutline(t, "let is bash too", "bash", "let x=1\nlet y = 2\n", `shell reads [] let x=1`, `javascript reads [] let y = 2`)
}

func TestSplitConsole(t *testing.T) {
	checkOutline(t, "prompts", "console", "$ kubectl get pvc\nNAME    STATUS\nmysql   Pending\n\n$ ceph status\n  health: OK\n", "shell reads [] kubectl get pvc => NAME    STATUS⏎mysql   Pending", `shell reads [] ceph status =>   health: OK`)
	checkOutline(t, "a comment before a prompt", "console", "# Get the pods\n$ kubectl get pods\n# not a comment of ours\nrm x\n# Restart\n$ pm2 restart a\n[...]\n", "shell reads [Get the pods] kubectl get pods => # not a comment of ours⏎rm x", `shell changes [Restart] pm2 restart a => [...]`)
	checkOutline(t, "no prompts", "console", "kubectl -n x get pods\nkubectl -n x logs y\n", `shell reads [] kubectl -n x get pods`, `shell reads [] kubectl -n x logs y`)
	checkOutline(t, "root's prompt", "console", "# lsblk\nNAME   MAJ:MIN RM\nsdb      8:16   0\n", "shell reads [] lsblk => NAME   MAJ:MIN RM⏎sdb      8:16   0")
	checkOutline(t, "other prompts", "console", "user@host:~$ ls -l\ntotal 0\n[root@host ~]# df -h\n❯ uptime\n", `shell reads [] ls -l => total 0`, `shell reads [] df -h`, `shell reads [] uptime`)
	checkOutline(t, "continued after a prompt", "console", "$ kubectl get pods \\\n    -n x\nNAME\n", "shell reads [] kubectl get pods \\⏎    -n x => NAME")
	checkOutline(t, "a prompt in bash", "bash", "$ pm2 list\n", `shell reads [] pm2 list`)
}

func TestSplitOtherLanguages(t *testing.T) {
	checkOutline(t, "sql", "sql", "DELETE FROM t;\n", `code destroys [] DELETE FROM t;`)
	checkOutline(t, "nginx", "nginx", "\nlocation / {}\n", `nginx changes [] location / {}`)
	checkOutline(t, "javascript", "js", "db.t.drop()\n", `javascript destroys [] db.t.drop()`)
	checkOutline(t, "yaml", "yaml", "a: b\n", `code unknown [] a: b`)
	checkOutline(t, "text", "text", "rm x\n", `prose reads [] rm x`)
	if steps := Split("  \n\n", "bash"); len(steps) != 0 {
		t.Errorf("a blank block has %d steps", len(steps))
	}
}

func TestPositions(t *testing.T) {
	block := "# Look\n$ ls -l\ntotal 0\n\n  $ pm2 list\n"
	steps := Split(block, "console")
	if len(steps) != 2 || steps[0].Line != 1 || steps[1].Line != 4 {
		t.Fatalf("%+v", steps)
	}
	if got := block[steps[0].Start:steps[0].End]; got != "$ ls -l\ntotal 0" {
		t.Errorf("the first step is %q", got)
	}
	if got := block[steps[1].TextStart : steps[1].TextStart+len(steps[1].Text)]; got != "pm2 list" {
		t.Errorf("the second step's text is %q", got)
	}
}

func TestLooksLikeShell(t *testing.T) {
	for text, want := range map[string]bool{
		"pm2 restart app": true, "kubectl get pods -A\nkubectl logs x": true, "$ ls": true, "npm ci && npm run build": true, "sudo systemctl restart nginx": true, "FOO=bar node x.js": true, "./deploy.sh prod": true, "# Restart\npm2 restart x": true, "curl https://x/health": true, "df -h": true, "git revert <sha>": true,
		"find . -name x": true, "watch -n1 ls": true, "kill -9 123": true, "export A=1": true, "for i in 1 2; do ls; done": true, "dmesg": true,
		"": false, "src/lib/mongodb.ts": false, "#incidents": false, "maxPoolSize": false, "db.products.getIndexes()": false, "SEV-1": false, "status: online": false, "Find the pod that is failing": false, "find the pod that is failing": false, "kill the process and wait": false, "Watch the dashboard": false,
		"**INCIDENT**: widget - SEV-[X]\n**Impact**: [Who]": false, "{ \"status\": \"ok\" }": false, "LOG:  database system is ready": false, "location /api { return 503; }": false, "SELECT 1;": false, "make sure it is up": false, "Updates will be posted every 30 minutes.": false,
		"User → LB → App\n  |\n  v\nDB": false, "top": false, "NODE_ENV": false, "/api/support/products": false, "GET /api/health": false, "INCIDENT: [SEV#] - [Brief]\nStatus: Investigating": false, "0 3 * * * pm2 restart x": false,
	} {
		if got := LooksLikeShell(text); got != want {
			t.Errorf("%q looks like shell: %t", text, got)
		}
	}
}
