package action

import "testing"

func TestRehearsal(t *testing.T) {
	for command, want := range map[string]string{
		`mongorestore --uri="$MONGODB_URI" --dir=/backups/latest --drop`: `mongorestore --uri="$MONGODB_URI" --dir=/backups/latest --drop --dryRun`,
		"npm ci":                            "npm ci --dry-run",
		"npm ci\n":                          "npm ci --dry-run",
		"npm run build":                     "",
		"git checkout 4f2c1a9":              "git diff --stat HEAD 4f2c1a9",
		"git checkout -b fix":               "",
		"git checkout -- src":               "",
		"git checkout $(git rev-parse x)":   "",
		"sudo nginx -s reload":              "sudo nginx -t",
		"nginx -s stop":                     "",
		"sudo -u web nginx -s reload":       "",
		"rsync -a --delete a/ b/":           "rsync -a --delete a/ b/ --dry-run",
		"rsync -an a/ b/ -n":                "",
		"sudo apt-get install -y nginx":     "sudo apt-get install -y nginx --simulate",
		"kubectl delete pod web-0":          "kubectl delete pod web-0 --dry-run=server",
		"kubectl get pods":                  "",
		"terraform apply":                   "terraform plan",
		"terraform apply -auto-approve x":   "",
		"npm ci && npm run build":           "",
		"npm ci | tee log":                  "",
		"npm ci > log":                      "",
		"(npm ci)":                          "",
		"if npm ci; then true; fi":          "",
		"pm2 restart glowglitch-app":        "",
		"cd /srv; rsync -a a b":             "",
		"mongorestore --dryRun --drop":      "",
		"":                                  "",
		"rsync -a a b # the whole of it":    "",
		"rsync -a a 'b":                     "",
		"git push --force origin main":      "git push --force origin main --dry-run",
		"git -c core.pager=cat checkout v1": "",
	} {
		got, ok := Rehearsal(command)
		if got != want || ok != (want != "") {
			t.Errorf("Rehearsal(%q) = %q, %v; want %q", command, got, ok, want)
		}
	}
}
