# The face of the build; meson and ninja do the work. `make help` says what there is.

BUILD = build
FUZZ_SECONDS = 60
PREFIX = /usr/local
DESTDIR =

# A recipe that finds the machine lacking something ends with status 3. make then says "Error 3"
# and itself ends with 2, as it does for every failed recipe.
.PHONY: all demo test lint format fuzz sanitize install clean help
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

install: all
	@tools/install $(BUILD) '$(PREFIX)' '$(DESTDIR)'

clean:
	rm -rf -- $(BUILD) build-asan build-tsan build-lint build-fuzz

help:
	@echo 'make            builds $(BUILD)/wiretaled and $(BUILD)/wiretale'
	@echo 'make demo       a server and two clients show every function, in under 15 seconds'
	@echo 'make test       the unit tests, the fuzz seeds, and tests against a running server'
	@echo 'make lint       floors, format, clang-tidy, cppcheck'
	@echo 'make format     lays out the C files as make lint wants them'
	@echo 'make fuzz       each fuzz target for FUZZ_SECONDS ($(FUZZ_SECONDS))'
	@echo 'make sanitize   make test once more, under AddressSanitizer and UBSan'
	@echo 'make install    into PREFIX ($(PREFIX)) under DESTDIR'
	@echo 'make clean      removes the build folders'
	@echo
	@echo 'Each installs the packages it lacks (as root or by sudo), and says so. Where it'
	@echo 'cannot, it prints the line to run and ends with status 3: make says "Error 3", and'
	@echo 'itself ends with 2, as for every failed recipe.'
