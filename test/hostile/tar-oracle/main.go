// Command tar-oracle says what Go's archive/tar, which the container engines use, makes of tars: one path a line on
// standard input, one JSON object a line on standard output.
package main

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
)

// A sparse file may claim exabytes of holes; no more than this of a body is read.
const bodyLimit = 64 << 20

type entry struct {
	// Base64: names are bytes.
	Name   []byte `json:"name"`
	Link   []byte `json:"link"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	Sha256 string `json:"sha256"`
	// The body was longer than is read.
	IsCut bool `json:"isCut"`
}

type listing struct {
	Entries []entry `json:"entries"`
	// Empty when the archive was read to its end.
	Problem string `json:"problem"`
}

func list(path string) (listing, error) {
	result := listing{Entries: []entry{}}
	file, err := os.Open(path)
	if err != nil {
		return result, err
	}
	defer file.Close()
	// Hides Seek: an engine reads a stream.
	reader := tar.NewReader(struct{ io.Reader }{bufio.NewReaderSize(file, 1<<20)})
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return result, nil
		}
		if err != nil {
			result.Problem = err.Error()
			return result, nil
		}
		hash := sha256.New()
		size, err := io.CopyN(hash, reader, bodyLimit)
		isCut := err == nil
		result.Entries = append(result.Entries, entry{
			Name: []byte(header.Name), Link: []byte(header.Linkname), Type: string(rune(header.Typeflag)),
			Size: size, Sha256: hex.EncodeToString(hash.Sum(nil)), IsCut: isCut,
		})
		if isCut {
			return result, nil
		}
		if !errors.Is(err, io.EOF) {
			result.Problem = err.Error()
			return result, nil
		}
	}
}

func main() {
	output := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(output)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		result, err := list(lines.Text())
		if err != nil {
			log.Fatal(err)
		}
		if err := encoder.Encode(result); err != nil {
			log.Fatal(err)
		}
	}
	if err := errors.Join(lines.Err(), output.Flush()); err != nil {
		log.Fatal(err)
	}
}
