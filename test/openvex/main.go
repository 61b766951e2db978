// Reads an OpenVEX document from standard input with the specification's own library, and prints what it
// understands, one line per statement.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/openvex/go-vex/pkg/vex"
)

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail(err)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	var known vex.VEX
	if err := strict.Decode(&known); err != nil {
		fail(err)
	}
	document, err := vex.Parse(data)
	if err != nil {
		fail(err)
	}
	if len(document.Statements) == 0 {
		fail(fmt.Errorf("the document has no statement"))
	}
	for _, statement := range document.Statements {
		if err := statement.Validate(); err != nil {
			fail(err)
		}
		for _, product := range statement.Products {
			names := []string{}
			for _, part := range product.Subcomponents {
				names = append(names, part.ID)
			}
			fmt.Println(statement.Status, statement.Vulnerability.Name, product.ID, names)
		}
	}
}
