package shell

import (
	"strings"
	"testing"
)

func TestPlaceholders(t *testing.T) {
	for text, want := range map[string]string{
		`git revert <bad-sha> --no-edit`: "bad-sha", `git checkout <last-known-good-commit>`: "last-known-good-commit", `curl https://<host>/x`: "host", `kubectl logs <pod name> -n <ns>`: "pod name|ns", `git revert <p0.3-commit-sha>`: "p0.3-commit-sha",
		`vercel rollback [deployment-url]`: "deployment-url", `SEV-[X]`: "X", `@[on-call engineer]`: "on-call engineer", `--password [database-name]`: "database-name", `echo "RTO: [Measured time]"`: "Measured time",
		`pm2 restart {{app}}`: "app", `kubectl get hpa {service-name}-hpa`: "service-name", `python src/{service}/x.py`: "service",
		`export TOKEN=YOUR_TOKEN`: "YOUR_TOKEN", `curl https://your-app.vercel.app/`: "your-app", `ssh your-user@your-server`: "your-user|your-server", `aws ec2 x --id i-xxxxx`: "xxxxx", `call +1-XXX-XXX-XXXX`: "XXX-XXX-XXXX",
		`KEY=sk-...`: "...", `GOOGLE_API_KEY=...`: "...", `echo "..."`: "...",
		`git revert COMMIT_HASH`: "COMMIT_HASH", `gunzip -c backup_TIMESTAMP.sql.gz | psql orders`: "TIMESTAMP", `psql orders < backup_YYYYMMDD_HHMMSS.sql`: "YYYYMMDD_HHMMSS", `cbt -project=PROJECT_ID -instance=events ls`: "PROJECT_ID",
		// What only looks like one.
		`export PROJECT_ID=a`: "", `echo $COMMIT_HASH`: "", `grep REQUEST_ID app.log`: "", `docker run -e HOST_NAME app`: "", `git reset --hard ORIG_HEAD`: "", `psql -c "SELECT USER_ID FROM t"`: "", `kill -SIGTERM 1`: "", `POD_NAME=$(kubectl get pods)`: "",
		`vercel env rm SESSION_ID`: "", `oc get x --template='{{"\n"}}'`: "",
		`sort <in >out`: "", `cat <<EOF`: "", `cat << EOF > x`: "", `diff <(ls a) <(ls b)`: "", `while read l; do :; done <file`: "", `cmd <$FILE >out`: "", `[ -f x ] && ls`: "", `[[ $A == b ]]`: "", `ls file[0-9].log`: "", `grep '[n]ginx'`: "", `ps | grep [n]ginx`: "",
		`tr '[a-z]' '[A-Z]'`: "", `grep -E '[0-9]+[A-Za-z]*'`: "", `grep '[[:space:]]'`: "", `jq '.[0].name'`: "", `jq '.a[]'`: "", `echo ${arr[i]}`: "", `echo ${NAME}`: "", `awk '{print}'`: "", `jq '{name}'`: "", `echo {a,b} {1..3}`: "", `git show stash@{0} HEAD@{1}`: "",
		`curl -w "%{http_code}" http://x`: "", `docker ps --format '{{.Names}}'`: "", `docker inspect -f '{{range .Mounts}}{{end}}' x`: "", `docker ps --format '{{json .}}'`: "", `find . -exec rm {} \;`: "", `xargs -I{} echo {}`: "", `kubectl get x -o jsonpath='{.items[0].name}'`: "",
		`go test ./...`: "", `git log a...b`: "", `echo "Checking..."`: "", `echo "waiting ... done"`: "", `mktemp /tmp/x.XXXXXX`: "", `- [ ] a task`: "", `- [x] done`: "", `[link](https://x)`: "", `echo $YOUR_VAR`: "", `printf '\xff'`: "", `db.c.find({ a: [1, 2] })`: "", `aws x --query "[Foo,Bar]"`: "",
	} {
		var names []string
		for _, p := range Placeholders(text) {
			names = append(names, p.Name)
			if text[p.Offset:p.Offset+len(p.Text)] != p.Text {
				t.Errorf("%q: %q is not at %d", text, p.Text, p.Offset)
			}
		}
		if got := strings.Join(names, "|"); got != want {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
}

// To a shell this reads the file bad-sha and writes one called --no-edit.
func TestAPlaceholderIsNoRedirection(t *testing.T) {
	got := Analyze(`git revert <bad-sha> --no-edit`)
	if got.Risk != Changes || len(got.Touches) != 0 || len(got.Placeholders) != 1 {
		t.Errorf("%+v", got)
	}
	got = Analyze(`kubectl describe pod <pod-name> -n <namespace>`)
	if got.Risk != Reads || len(got.Touches) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestExpectation(t *testing.T) {
	code := func(n int) *int { return &n }
	for text, want := range map[string]*Expect{
		"Should return 0": {Output: "0"}, "should show true": {Output: "true"}, "Should return: true": {Output: "true"}, "Expected: PONG": {Output: "PONG"}, `Expected: "UP"`: {Output: "UP"}, "Expected output: ok": {Output: "ok"},
		"→ 200": {Output: "200"}, "=> 200": {Output: "200"}, "expect 200": {Output: "200"}, "Output: 3 rows": {Output: "3 rows"}, "Should be 0": {Output: "0"}, "returns 200": {Output: "200"}, "Should show: api | online": {Output: "api | online"},
		"Should return 200 (healthy)": {Output: "200"}, "should print 'done'": {Output: "done"}, "Expected: All replicas": {}, "Expected: < 1.0": {}, "Should work (or return an error)": {}, "Should be > 0": {},
		"Expected exit code: 1": {Exit: code(1)}, "expect exit 1": {Exit: code(1)}, "exits with 0": {Exit: code(0)}, "Should exit 0": {Exit: code(0)}, "exit code 2": {Exit: code(2)},
		"Check the logs": nil, "Show all pods": nil, "Output the file": nil, "Restart": nil, "": nil, "This should be read": nil, "Return to the first step": nil, "1. Stop application": nil,
	} {
		got := expectation(text)
		switch {
		case (got == nil) != (want == nil):
			t.Errorf("%q: %+v, want %+v", text, got, want)
		case got == nil:
		case got.Text != text || got.Output != want.Output || (got.Exit == nil) != (want.Exit == nil) || got.Exit != nil && *got.Exit != *want.Exit:
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}
