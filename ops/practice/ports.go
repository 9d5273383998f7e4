package practice

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"

	"calm/ops"
)

// The range of ports that are chosen from when the kernel does not say which it gives to outgoing
// connections.
const (
	lowestPort  = 10240
	highestPort = 32767
)

// freePorts chooses four ports that nobody listens on. They are below those that the kernel gives to
// outgoing connections: one of these could otherwise take the app's port while it restarts.
func freePorts(ctx context.Context) (ports, error) {
	var p ports
	below := portsBelow()
	taken := map[int]bool{}
	for _, port := range []*int{&p.Nginx, &p.App, &p.Mongod, &p.DeepSeek} {
		for try := 0; ; try++ {
			if try == 200 {
				return p, ops.Errorf(ops.Failed, "practice up", "no free port on 127.0.0.1 between %d and %d", lowestPort, below)
			}
			n := lowestPort + rand.IntN(below-lowestPort)
			if !taken[n] && portFree(ctx, n) {
				*port, taken[n] = n, true
				break
			}
		}
	}
	return p, nil
}

func portsBelow() int {
	var low, high int
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return highestPort
	}
	if _, err := fmt.Sscan(string(text), &low, &high); err != nil || low < lowestPort+1000 {
		return highestPort
	}
	return low
}

func portFree(ctx context.Context, n int) bool {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address(n))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

func accepts(ctx context.Context, port int) bool {
	d := net.Dialer{Timeout: probeTimeout}
	c, err := d.DialContext(ctx, "tcp", address(port))
	if err != nil {
		return false
	}
	return c.Close() == nil
}
