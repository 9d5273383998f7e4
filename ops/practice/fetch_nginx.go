package practice

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"calm/ops"
	"calm/ops/run"
)

// nginxPackages are Debian's and Ubuntu's packages that may hold the program: the first on newer
// releases, the others where it holds only a dependency on them.
var nginxPackages = []string{"nginx", "nginx-core", "nginx-light"}

// nginx takes the machine's own program, or unpacks Debian's package into the cache without
// installing it, so that no service is started.
func (c cache) nginx(ctx context.Context, t *tools) error {
	if found, err := run.LookPath("nginx", os.Getenv("PATH")+":/usr/sbin:/usr/local/sbin"); err == nil {
		t.Nginx = found
		return c.runs(ctx, t)
	}
	dir, err := c.install("nginx-"+debianRelease(), "nginx (Debian's package, unpacked, not installed)", func(dir string) error {
		for _, name := range nginxPackages {
			if err := c.debian(ctx, dir, name); err != nil {
				return err
			}
			if _, err := os.Stat(filepath.Join(dir, "usr/sbin/nginx")); err == nil {
				return nil
			}
		}
		return ops.Errorf(ops.Invalid, "practice up", "none of the packages %s has /usr/sbin/nginx: install nginx yourself", strings.Join(nginxPackages, ", "))
	})
	if err != nil {
		return err
	}
	t.Nginx = filepath.Join(dir, "usr/sbin/nginx")
	if err := c.libraries(ctx, t, t.Nginx); err != nil {
		return err
	}
	return c.runs(ctx, t)
}

// runs makes sure that nginx starts at all, and has the module that counts connections.
func (c cache) runs(ctx context.Context, t *tools) error {
	res, err := run.Local{}.Run(ctx, run.Command{Argv: []string{t.Nginx, "-V"}, Env: withLibraries(run.BaseEnv(), t.Libraries[t.Nginx])})
	if err != nil {
		return err
	}
	if !strings.Contains(string(res.Stderr), "--with-http_stub_status_module") {
		return ops.Errorf(ops.Invalid, "nginx -V", "%s was built without stub_status: install Debian's nginx, or take this one out of PATH", t.Nginx)
	}
	t.NginxTakesLog = takesLog(string(res.Stderr))
	return nil
}

// takesLog tells from `nginx -V` whether the version is 1.19.5 or newer.
func takesLog(versionText string) bool {
	var major, minor, patch int
	_, text, _ := strings.Cut(versionText, "nginx/")
	if n, _ := fmt.Sscanf(text, "%d.%d.%d", &major, &minor, &patch); n < 3 {
		return false
	}
	return major*1_000_000+minor*1000+patch >= 1_019_005
}

// debian downloads a package of the machine's distribution and unpacks it into dir.
func (c cache) debian(ctx context.Context, dir, name string) error {
	for _, program := range []string{"apt-get", "dpkg-deb"} {
		if _, err := run.LookPath(program, os.Getenv("PATH")); err != nil {
			return ops.Errorf(ops.Unreachable, "practice up", "%s can't be fetched without %s: install %s yourself", name, program, name)
		}
	}
	argv := []string{"apt-get", "download", "--quiet", name}
	if os.Geteuid() == 0 {
		// apt would drop to a user that can't write here.
		argv = slices.Insert(argv, 1, "-o", "APT::Sandbox::User=root")
	}
	download, err := os.MkdirTemp(c.dir, "new-")
	if err != nil {
		return ops.Wrap("practice up", err)
	}
	defer func() { _ = os.RemoveAll(download) }()
	if err := c.run(ctx, download, "", argv...); err != nil {
		if os.Geteuid() != 0 {
			return ops.Errorf(ops.Failed, run.Line(argv), "no list of packages: run `sudo apt-get update`, or install %s yourself", name)
		}
		c.log("updating the list of Debian's packages")
		if err := c.run(ctx, dir, "check that apt reaches its mirror", "apt-get", "update", "--quiet"); err != nil {
			return err
		}
		if err := c.run(ctx, download, "install "+name+" yourself", argv...); err != nil {
			return err
		}
	}
	archive, err := onlyFile(download, "*.deb")
	if err != nil {
		return err
	}
	return c.run(ctx, dir, "the download is broken: run it again", "dpkg-deb", "-x", archive, dir)
}

// libraries makes sure that a program finds its shared libraries, fetching those that the machine
// does not have from Debian's packages into a folder of the cache.
func (c cache) libraries(ctx context.Context, t *tools, program string) error {
	dir := filepath.Join(c.dir, "lib-"+debianRelease())
	paths := libraryPaths(dir)
	// A fetched library may itself need others, a few levels deep.
	for range 8 {
		res, err := run.Local{}.Run(ctx, run.Command{Argv: []string{"ldd", program}, Env: withLibraries(run.BaseEnv(), paths)})
		if err != nil {
			return err
		}
		missing := missingLibraries(string(res.Stdout))
		if len(missing) == 0 {
			if _, err := os.Stat(dir); err == nil {
				if t.Libraries == nil {
					t.Libraries = map[string]string{}
				}
				t.Libraries[program] = paths
			}
			return nil
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return ops.Wrap("practice up", err)
		}
		for _, soname := range missing {
			if err := c.library(ctx, dir, soname); err != nil {
				return err
			}
		}
	}
	return ops.Errorf(ops.Failed, "ldd "+program, "its shared libraries can't be completed: install those that `ldd %s` names", program)
}

func (c cache) library(ctx context.Context, dir, soname string) error {
	c.log("fetching " + soname + " (Debian's package, unpacked, not installed)")
	var err error
	for _, name := range libraryPackages(soname) {
		if err = c.debian(ctx, dir, name); err == nil {
			return nil
		}
	}
	return err
}

func libraryPaths(dir string) string {
	return filepath.Join(dir, "usr/lib/x86_64-linux-gnu") + ":" + filepath.Join(dir, "lib/x86_64-linux-gnu")
}

func withLibraries(env []string, paths string) []string {
	if paths == "" {
		return env
	}
	return append(slices.Clone(env), "LD_LIBRARY_PATH="+paths)
}

var notFound = regexp.MustCompile(`(?m)^\s*(\S+) => not found`)

// missingLibraries reads the sonames that ldd could not find.
func missingLibraries(ldd string) []string {
	var missing []string
	for _, m := range notFound.FindAllStringSubmatch(ldd, -1) {
		if !slices.Contains(missing, m[1]) {
			missing = append(missing, m[1])
		}
	}
	return missing
}

// irregular are the packages whose name does not follow from their library's.
var irregular = map[string]string{
	"libcrypto.so.3":       "libssl3",
	"libz.so.1":            "zlib1g",
	"liblber-2.5.so.0":     "libldap-2.5-0",
	"libbrotlidec.so.1":    "libbrotli1",
	"libbrotlicommon.so.1": "libbrotli1",
}

// libraryPackages names the packages that may hold a library, by Debian policy (section 8.1): the
// soname without ".so.", with a hyphen where a digit meets the version; newer releases add "t64".
func libraryPackages(soname string) []string {
	name, ok := irregular[soname]
	if !ok {
		base, version, _ := strings.Cut(soname, ".so.")
		base = strings.ReplaceAll(strings.ToLower(base), "_", "-")
		if strings.ContainsAny(base[max(0, len(base)-1):], "0123456789") {
			base += "-"
		}
		name = base + version
	}
	return []string{name + "t64", name}
}

// debianRelease says which distribution a cached package belongs to, so that an upgrade of the
// machine fetches anew.
func debianRelease() string {
	text, _ := os.ReadFile("/etc/os-release")
	fields := map[string]string{}
	for line := range strings.SplitSeq(string(text), "\n") {
		if k, v, ok := strings.Cut(line, "="); ok {
			fields[k] = strings.Trim(v, `"`)
		}
	}
	if fields["ID"] == "" {
		return "unknown"
	}
	return fields["ID"] + fields["VERSION_ID"]
}
