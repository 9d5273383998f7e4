package survey

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"calm/model/doctor"
	"calm/ops"
	"calm/ops/probe"
)

const (
	askLimit  = time.Second
	dialLimit = 700 * time.Millisecond
)

// asker gets an address once, follows nowhere, and keeps no connection.
var asker = &http.Client{
	Timeout:       askLimit,
	Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// url gets an address of this host's own site, if a step that only reads does so too. To any other
// it only opens a connection: what a request would set off there is not known.
func (s *survey) url(ctx context.Context, t doctor.Thing) answer {
	here := s.bind(t.Name)
	u, err := url.Parse(here)
	if err != nil || u.Hostname() == "" {
		return missing("it makes no sense", "mend the runbook")
	}
	var a answer
	if t.How.Asks && s.own(u.Hostname()) {
		a = s.ask(ctx, u, t)
	} else {
		a = s.reach(ctx, u.Hostname(), port(u))
		if t.How.Asked && a.state != doctor.There {
			a = unknown(a.detail, "open it in a browser")
		}
	}
	if a.state != doctor.There && s.feeds(u) && s.Config.Nginx.AccessLog != "" {
		a.instead = "error ratio comes from nginx"
	}
	return a
}

// feeds says whether an address is that of the app's own metrics.
func (s *survey) feeds(u *url.URL) bool {
	m, err := url.Parse(s.Config.MetricsURL)
	return err == nil && m.Host == u.Host && m.Path == u.Path
}

// own says whether a host's requests come to this one, by its name, nginx's names or the settings.
func (s *survey) own(host string) bool {
	if ip := net.ParseIP(host); s.local(host) || ip != nil && ip.IsLoopback() {
		return true
	}
	for name, raw := range map[string]string{"page_url": s.Config.PageURL, "health_url": s.Config.HealthURL, "metrics_url": s.Config.MetricsURL} {
		u, err := url.Parse(raw)
		if err == nil && u.Hostname() == host && !strings.HasPrefix(s.Config.Origin[name], "the runbook") {
			return true
		}
	}
	sites, err := s.sites()
	if err != nil {
		return false
	}
	for _, site := range sites {
		if serves(site.Names, host) {
			return true
		}
	}
	return false
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

func (s *survey) ask(ctx context.Context, u *url.URL, t doctor.Thing) answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return missing("it makes no sense", "mend the runbook")
	}
	req.Header.Set("User-Agent", probe.UserAgent)
	res, err := asker.Do(req)
	if err != nil {
		return unknown(why(err, u.Host), "see whether nginx and the app run")
	}
	_ = res.Body.Close()
	said := fmt.Sprintf("answers %d", res.StatusCode)
	switch code := res.StatusCode; {
	case code == http.StatusNotFound || code == http.StatusGone:
		return missing(said, "mend the runbook, or bring out the release that has it")
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		if t.How.Credentials {
			return there(said + " without the step's credentials")
		}
		return missing(said, "let this host have it without credentials, or give the step some")
	case code == http.StatusTooManyRequests || code >= http.StatusInternalServerError:
		return unknown(said+", which says nothing of what is there when it is well", "see what ails the site: calm check")
	}
	return there(said)
}

// reach looks a name up and opens a connection, which it closes again.
func (s *survey) reach(ctx context.Context, host, port string) answer {
	d := net.Dialer{Timeout: dialLimit}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err == nil {
		_ = conn.Close()
		return there("takes connections on port " + port + "; not asked further")
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return missing("the name "+host+" does not resolve here", bound(host, "mend the runbook"))
	}
	return unknown(why(err, net.JoinHostPort(host, port)), "see whether this host may reach it")
}

// why says an error of the network in a few words, without the address twice.
func why(err error, at string) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && !dns.IsTimeout:
		return "the name can't be looked up here: " + dns.Err
	case ops.Classify(err) == ops.Timeout:
		return "no answer in time from " + at
	case ops.Classify(err) == ops.Unreachable:
		return "connection refused on " + at
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}

// host finds out whether a host is this one, or at least there.
func (s *survey) host(ctx context.Context, t doctor.Thing) answer {
	here := s.bind(t.Name)
	if s.local(here) || t.Name == s.Config.Host {
		if t.How.Inside {
			return there("calm is on it; what the commands given to ssh name is not looked at")
		}
		return there("calm is on it")
	}
	if !t.How.Login {
		addresses, err := net.DefaultResolver.LookupHost(ctx, here)
		var dns *net.DNSError
		switch {
		case err == nil:
			return there(several(addresses, ""))
		case errors.As(err, &dns) && dns.IsNotFound:
			return missing("the name does not resolve here", bound(t.Name, "mend the runbook"))
		}
		return unknown(why(err, here), "see whether this host may look names up")
	}
	a := s.reach(ctx, here, "22")
	if a.state == doctor.Missing {
		return a
	}
	if a.state == doctor.There {
		a.detail = "it takes ssh"
	}
	// It may be there, but nothing that a step names on it was looked at.
	return unknown(a.detail+", but calm is not on it: what its steps name there is not looked at",
		fmt.Sprintf("start calm there; if this is that host, say so under bind in calm.yaml (%q: localhost)", t.Name))
}
