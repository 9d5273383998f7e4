package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"calm/model/runbook/lint"
)

// The parts of SARIF 2.1.0 (OASIS, 27 March 2020) that code scanning reads.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name            string      `json:"name"`
		Version         string      `json:"version,omitempty"`
		SemanticVersion string      `json:"semanticVersion,omitempty"`
		Rules           []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID         string              `json:"id"`
		Short      sarifText           `json:"shortDescription"`
		Full       sarifText           `json:"fullDescription"`
		Help       sarifText           `json:"help"`
		Default    sarifConfiguration  `json:"defaultConfiguration"`
		Properties map[string][]string `json:"properties"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifConfiguration struct {
		Level lint.Level `json:"level"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        lint.Level        `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
)

var semver = regexp.MustCompile(`^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$`)

// sarifOf makes one run of all findings. Paths are given from dir, the working directory, which code
// scanning takes for the root of the sources.
func sarifOf(all []linted, version, dir string) sarifLog {
	driver := sarifDriver{Name: "calm", Version: version, Rules: []sarifRule{}}
	if m := semver.FindStringSubmatch(version); m != nil {
		driver.SemanticVersion = m[1]
	}
	index := map[string]int{}
	for i, r := range lint.Rules() {
		index[r.ID] = i
		driver.Rules = append(driver.Rules, sarifRule{
			ID: r.ID, Short: sarifText{Text: r.Title}, Full: sarifText{Text: r.Why},
			Help:    sarifText{Text: r.Why + "\n\n" + r.Mend, Markdown: r.Page()},
			Default: sarifConfiguration{r.Level}, Properties: map[string][]string{"tags": {"runbook"}},
		})
	}
	run := sarifRun{Tool: sarifTool{driver}, Results: []sarifResult{}}
	ended := sarifInvocation{Successful: true}
	for _, l := range all {
		if l.Err != nil {
			ended.Successful = false
			ended.Notifications = append(ended.Notifications, sarifNotification{"error", sarifText{Text: oneLine(l.Err.Error())}})
			continue
		}
		lines := bytes.Split(l.Runbook.Source, []byte("\n"))
		seen := map[string]int{}
		for _, f := range l.found {
			print := fingerprint(f, lines)
			seen[print]++
			run.Results = append(run.Results, sarifResult{
				RuleID: f.Rule, RuleIndex: index[f.Rule], Level: f.Level,
				Message:   sarifText{Text: f.Message + "\n" + f.Help},
				Locations: []sarifLocation{{sarifPhysical{artifact(f.File, dir), sarifRegion{f.Line}}}},
				// The key that code scanning tracks an alert by.
				Fingerprints: map[string]string{"primaryLocationLineHash": fmt.Sprintf("%s:%d", print, seen[print])},
			})
		}
	}
	run.Invocations = []sarifInvocation{ended}
	return sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	}
}

// fingerprint is of the rule and the words of the line, so that it stays when lines move.
func fingerprint(f lint.Finding, lines [][]byte) string {
	var text []byte
	if f.Line >= 1 && f.Line <= len(lines) {
		text = bytes.Join(bytes.Fields(lines[f.Line-1]), []byte(" "))
	}
	sum := sha256.Sum256(append([]byte(f.Rule+"\n"), text...))
	return hex.EncodeToString(sum[:8])
}

// artifact is a file's place below the working directory, or its absolute place elsewhere.
func artifact(path, dir string) sarifArtifact {
	full := path
	if !filepath.IsAbs(full) {
		full = filepath.Join(dir, path)
	}
	if rel, err := filepath.Rel(dir, full); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return sarifArtifact{URI: escapedPath(rel), Base: "%SRCROOT%"}
	}
	return sarifArtifact{URI: "file://" + escapedPath(full)}
}

// escapedPath is a path as a URI reference: all but the unreserved characters of RFC 3986 and the
// slash is escaped, the colon too, which would read as a scheme.
func escapedPath(path string) string {
	var b strings.Builder
	for _, c := range []byte(filepath.ToSlash(path)) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
