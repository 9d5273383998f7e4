package practice

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"calm/ops"
)

const (
	replicaSet   = "glowglitch"
	statusPath   = "/nginx_status"
	widgetMarker = "glowglitch-aurora-widget"
	smallHeap    = "--max-old-space-size=64" // MiB; see the fault "leak"
)

// unpack writes an embedded folder to a real one. Files whose real name begins with a dot are kept
// without it.
func unpack(folder, dir string) error {
	sub, err := fs.Sub(files, folder)
	if err != nil {
		return ops.Wrap("practice up", err)
	}
	return fs.WalkDir(sub, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(sub, path)
		if err != nil {
			return err
		}
		if path == "gitignore" {
			path = ".gitignore"
		}
		return writeFile(filepath.Join(dir, path), 0o644, content)
	})
}

// furnish lays out a new host. On one that is there it leaves the configuration of the parts alone,
// which an operator may have changed, and renews only what belongs to this calm.
func (h *Host) furnish() error {
	if _, err := os.Stat(h.ConfigPath()); err != nil {
		return h.layOut()
	}
	return errors.Join(unpack("world", h.path("world")), h.writeBin(), h.writeConfig())
}

// layOut makes every folder and file of the host but its checkout and its data, calm.yaml last.
func (h *Host) layOut() error {
	for _, dir := range []string{"bin", "etc", "log", "db", "pm2", "backups", "nginx/logs", "nginx/temp", "nginx/sites", "nginx/snippets"} {
		if err := os.MkdirAll(h.path(dir), 0o755); err != nil {
			return ops.Wrap("practice up", err)
		}
	}
	npmrc := fmt.Sprintf("offline=true\ncache=%s\nregistry=%s\naudit=false\nfund=false\nupdate-notifier=false\n", h.rec.Tools.ReleaseCache, h.rec.Registry)
	gitconfig := "[user]\n\tname = Practice Operator\n\temail = operator@example.com\n[init]\n\tdefaultBranch = main\n"
	return errors.Join(
		unpack("world", h.path("world")),
		writeFile(h.path(".npmrc"), 0o644, []byte(npmrc)),
		writeFile(h.path(".gitconfig"), 0o644, []byte(gitconfig)),
		writeFile(h.path("etc", "mongod.conf"), 0o644, []byte(h.mongodConf())),
		h.writeNginx(),
		h.writeBin(),
		h.writeConfig(),
	)
}

// mongodConf is mongod's configuration. Reads that would scan a whole collection are forbidden, as
// on a database that many share: a query whose index is gone fails.
func (h *Host) mongodConf() string {
	return fmt.Sprintf(`net:
  bindIp: 127.0.0.1
  port: %d
  unixDomainSocket:
    enabled: false
storage:
  dbPath: %q
  wiredTiger:
    engineConfig:
      cacheSizeGB: 0.25
replication:
  replSetName: %s
  oplogSizeMB: 64
systemLog:
  destination: file
  path: %q
  logAppend: true
processManagement:
  pidFilePath: %q
setParameter:
  notablescan: true
  diagnosticDataCollectionEnabled: false
`, h.rec.Ports.Mongod, h.path("db"), replicaSet, h.path("log", "mongod.log"), h.path("db", "mongod.pid"))
}

// writeNginx writes nginx's configuration as it is on a healthy host, and empties the folder of
// snippets that the site includes.
func (h *Host) writeNginx() error {
	old, _ := filepath.Glob(h.path("nginx", "snippets", "*"))
	for _, path := range old {
		if err := os.RemoveAll(path); err != nil {
			return ops.Wrap("practice", err)
		}
	}
	return errors.Join(
		writeFile(h.path("nginx", "nginx.conf"), 0o644, []byte(h.nginxConf())),
		writeFile(h.path("nginx", "sites", "glowglitch.conf"), 0o644, []byte(h.nginxSite())),
	)
}

func (h *Host) nginxConf() string {
	user := ""
	if os.Geteuid() == 0 {
		// Workers must reach the host's folder, wherever it is.
		user = "user root;\n"
	}
	return user + fmt.Sprintf(`worker_processes 1;
pid "%[1]s/nginx/nginx.pid";
error_log "%[1]s/nginx/logs/error.log" warn;
events { worker_connections 512; }
http {
    default_type text/plain;
    server_tokens off;
    client_body_temp_path "%[1]s/nginx/temp/body";
    proxy_temp_path "%[1]s/nginx/temp/proxy";
    fastcgi_temp_path "%[1]s/nginx/temp/fastcgi";
    uwsgi_temp_path "%[1]s/nginx/temp/uwsgi";
    scgi_temp_path "%[1]s/nginx/temp/scgi";
    # combined, then the request's time in seconds and the upstream's status ("-" when none was asked).
    log_format practice '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                        '"$http_referer" "$http_user_agent" $request_time $upstream_status';
    access_log "%[1]s/nginx/logs/access.log" practice;
    include "%[1]s/nginx/sites/*.conf";
}
`, h.dir)
}

func (h *Host) nginxSite() string {
	return fmt.Sprintf(`upstream glowglitch { server %s; keepalive 16; }
server {
    listen %s;
    server_name glowglitch.com;

    # Whatever must be put in front of the site in a hurry, such as the kill switch's location.
    include "%s/nginx/snippets/*.conf";

    location / {
        proxy_pass http://glowglitch;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
    location = %s {
        stub_status;
        access_log off;
        allow 127.0.0.1;
        deny all;
    }
}
`, address(h.rec.Ports.App), address(h.rec.Ports.Nginx), h.dir, statusPath)
}

// writeBin makes the folder of programs that comes first in an operator's PATH. A bare nginx there
// drives this host's nginx only.
func (h *Host) writeBin() error {
	t := h.rec.Tools
	wrappers := map[string][]string{
		"mongod":       {t.Mongod},
		"mongodump":    {t.Mongodump},
		"mongorestore": {t.Mongorestore},
		"nginx":        h.nginxCommand(),
		"pm2":          {t.Node, filepath.Join(t.NodeModules, "pm2", "bin", "pm2")},
		"mongosh":      {t.Node, filepath.Join(t.NodeModules, "mongosh", "bin", "mongosh.js")},
	}
	for name, argv := range wrappers {
		line := "#!/bin/sh\n"
		if paths := t.Libraries[argv[0]]; paths != "" {
			line += "export LD_LIBRARY_PATH=" + shellQuote(paths) + "\n"
		}
		quoted := make([]string, len(argv))
		for i, word := range argv {
			quoted[i] = shellQuote(word)
		}
		line += "exec " + strings.Join(quoted, " ") + ` "$@"` + "\n"
		if err := writeFile(h.path("bin", name), 0o755, []byte(line)); err != nil {
			return err
		}
	}
	return nil
}

// nginxCommand drives this host's nginx. Without -e, which 1.19.5 brought, nginx first opens the log
// that it was built with, and only complains when it may not.
func (h *Host) nginxCommand() []string {
	argv := []string{h.rec.Tools.Nginx, "-p", h.path("nginx") + "/", "-c", h.path("nginx", "nginx.conf")}
	if h.rec.Tools.NginxTakesLog {
		argv = append(argv, "-e", h.path("nginx", "logs", "error.log"))
	}
	return argv
}
