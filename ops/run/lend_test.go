package run

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const lendWord = "lend" // gives its terminal to a program, and says in what state it is afterwards

// lendTerminal is calm, as far as the terminal goes: an interrupt ends it.
func lendTerminal(command string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := Interactive([]string{"bash", "--noprofile", "--norc", "-c", command}, os.Environ(), "")
	p.SetStdin(os.Stdin)
	p.SetStdout(os.Stdout)
	p.SetStderr(os.Stderr)
	err := p.Run()
	if ctx.Err() != nil {
		fmt.Println("INTERRUPTED")
		return 1
	}
	fmt.Printf("BACK %v\n", err == nil)
	line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	fmt.Printf("READ %s", line)
	return 0
}
