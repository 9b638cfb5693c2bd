# The face of the build; meson and ninja do the work. `make help` says what there is.

BUILD = build
FUZZ_SECONDS = 60
ROUNDS = 7
MESSAGES = 1000000
SEED =
BENCH =
PREFIX = /usr/local
DESTDIR =

# A recipe that finds the machine lacking something ends with status 3. make then says "Error 3"
# and itself ends with 2, as it does for every failed recipe.
.PHONY: all demo test lint format fuzz sanitize threads valgrind bench history nightly install \
	clean help
all:
	@tools/build $(BUILD)

demo: all
	@tools/demo $(BUILD)

test:
	@tools/test $(BUILD)

lint:
	@tools/lint

format:
	@tools/format

fuzz:
	@tools/fuzz $(FUZZ_SECONDS)

sanitize:
	@tools/test build-asan address,undefined

threads:
	@tools/test build-tsan thread threaded relay

valgrind:
	@tools/valgrind $(BUILD)

bench:
	@tools/bench $(ROUNDS) $(BENCH)

history:
	@tools/history '$(MESSAGES)' '$(SEED)'

nightly:
	@tools/nightly '$(MESSAGES)' '$(SEED)'

install: all
	@tools/install $(BUILD) '$(PREFIX)' '$(DESTDIR)'

clean:
	rm -rf -- $(BUILD) build-asan build-tsan build-lint build-fuzz build-bench build-history

help:
	@echo 'make            builds $(BUILD)/wiretaled and $(BUILD)/wiretale'
	@echo 'make demo       a server and two clients on a cable of the lab show every function'
	@echo 'make test       the unit tests, the fuzz seeds, and tests against a running server'
	@echo 'make lint       floors, format, clang-tidy, cppcheck'
	@echo 'make format     lays out the C files as make lint wants them'
	@echo 'make fuzz       each fuzz target for FUZZ_SECONDS ($(FUZZ_SECONDS))'
	@echo 'make sanitize   make test once more, under AddressSanitizer and UBSan'
	@echo 'make threads    the tests of what has threads, under ThreadSanitizer'
	@echo 'make valgrind   a server and each command of the client once, under memcheck'
	@echo 'make bench      each part beside its peers, ROUNDS ($(ROUNDS)) rounds: half an hour;'
	@echo '                BENCH=relay, trace, lab or page measures one of them'
	@echo 'make history    MESSAGES ($(MESSAGES)) under faults, and a proof: 5 minutes'
	@echo 'make nightly    the relay on a bad cable, in real time, then the history: a quarter'
	@echo '                of an hour'
	@echo 'make install    into PREFIX ($(PREFIX)) under DESTDIR'
	@echo 'make clean      removes the build folders'
	@echo
	@echo 'Each installs the packages it lacks (as root or by sudo), and says so. Where it'
	@echo 'cannot, it prints the line to run and ends with status 3: make says "Error 3", and'
	@echo 'itself ends with 2, as for every failed recipe.'
