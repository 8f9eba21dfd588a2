# Finds a Rust compiler for a target, for the scripts beside it; sourced, from the project's folder.
# A ready standard library counts first (rustup target add), then its source (rustup component add rust-src, or
# Debian's rust-web-src), from which cargo builds it. It changes nothing on the machine.

# The oldest compiler the program is built with.
OLDEST=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

say() { printf '%s\n' "$*" >&2; }

# Whether $1 is a compiler that is new enough.
is_new_enough() {
  local version
  version=$("$1" --version 2>/dev/null | cut -d' ' -f2) || return 1
  [ -n "$version" ] && [ "$(printf '%s\n' "$OLDEST" "$version" | sort -V | head -n 1)" = "$OLDEST" ]
}

has_std() { compgen -G "$("$1" --print target-libdir --target "$2" 2>/dev/null)/libstd-*.rlib" >/dev/null; }

has_source() { [ -f "$("$1" --print sysroot)/lib/rustlib/src/rust/library/Cargo.lock" ]; }

# The compilers of this machine that are new enough: rustup's, or the one on PATH, then the system's.
compilers() {
  local found
  for found in "$(command -v rustc)" "${CARGO_HOME:-$HOME/.cargo}/bin/rustc" /usr/bin/rustc; do
    [ -x "$found" ] && is_new_enough "$found" && printf '%s\n' "$found"
  done | awk '!seen[$0]++'
}

# Sets up the surroundings in which $CARGO builds for target $1: RUSTC, STD (the flags that build the standard library,
# if it must be), FEATURES (what the program can do there), FLAGS (those of the compiler), the C compiler and the linker.
# Fails, with what to install, where something is missing. A target of Windows 7 always has its library built from source:
# nobody hands it out.
use_compiler() {
  local target=$1 rustc kind cc name under
  kind=
  STD=() FLAGS=() FEATURES=()
  unset RUSTC_BOOTSTRAP
  while read -r rustc; do
    if has_std "$rustc" "$target"; then kind=ready; break; fi
  done < <(compilers)
  if [ -z "$kind" ]; then
    while read -r rustc; do
      if has_source "$rustc"; then kind=source; break; fi
    done < <(compilers)
  fi
  if [ -z "$kind" ]; then
    say "dist: no Rust $OLDEST or later with the standard library of $target, or with its source. One of these helps:"
    case $target in *-win7-*) ;; *) say "  rustup target add $target" ;; esac
    say '  rustup component add rust-src'
    say '  sudo apt-get install rustc-web cargo-web rust-web-src      # Debian 12'
    return 1
  fi
  # A desk on Windows 7 speaks to no database, and what speaks to one asks for functions of later ones.
  case $target in *-win7-*) FEATURES=(--no-default-features) ;; esac
  RUSTC=$rustc CARGO=$(dirname "$rustc")/cargo
  export RUSTC
  if [ "$kind" = source ]; then
    # Only a nightly may build the standard library; this tells the stable one to do it all the same.
    export RUSTC_BOOTSTRAP=1
    STD=(-Zbuild-std=std)
  fi
  case $target in
    *-windows-gnu)
      cc=$(command -v x86_64-w64-mingw32-gcc-win32 || command -v x86_64-w64-mingw32-gcc) || {
        say 'dist: no C compiler for Windows. For example: sudo apt-get install gcc-mingw-w64-x86-64-win32'
        return 1
      }
      # A program is the same bytes whenever it was linked.
      FLAGS+=(-Clink-arg=-Wl,--no-insert-timestamp)
      ;;
    *-linux-musl)
      cc=$(command -v musl-gcc) || {
        say 'dist: no C compiler for a static program. For example: sudo apt-get install musl-tools'
        return 1
      }
      # musl-gcc does not know programs that are static and can lie anywhere in memory; the ready library needs no musl-gcc.
      [ "$kind" = ready ] || FLAGS+=(-Clink-self-contained=no -Crelocation-model=static "-Lnative=$(unwinding)")
      ;;
  esac
  name=${target//-/_}
  under=$(tr a-z A-Z <<<"$name")
  export "CC_$name=$cc"
  case $target$kind in *-muslready) ;; *) export "CARGO_TARGET_${under}_LINKER=$cc" ;; esac
  # SQLite is C, and must not tell where it was compiled either.
  export CC_SHELL_ESCAPED_FLAGS=1
  export "CFLAGS_$name='-ffile-prefix-map=$PWD=/guazhang' '-ffile-prefix-map=${CARGO_HOME:-$HOME/.cargo}=/cargo'"
  say "dist: $target with $("$rustc" --version), standard library $kind"
}

# A folder in which GCC's unwinder has the name that the standard library looks for where it is built here, together with
# what that unwinder asks glibc for.
unwinding() {
  local folder=$TARGET_DIR/unwinding
  mkdir -p "$folder"
  musl-gcc -O2 -fPIC -c dist/find_object.c -o "$folder/find_object.o"
  cp "$(cc -print-file-name=libgcc_eh.a)" "$folder/libunwind.a"
  ar rD "$folder/libunwind.a" "$folder/find_object.o" 2>/dev/null
  printf '%s\n' "$folder"
}
