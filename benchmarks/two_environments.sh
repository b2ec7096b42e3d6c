#!/usr/bin/env bash
# Are pages and records the same, byte for byte, in two fresh environments that differ in where they lie, in the
# home, the working folder, the language, the time zone and the seed of Python's hashes? Minutes: each environment
# gets a torch of its own. Prints what differs and ends with 1, or says that nothing does.
set -euo pipefail
checkout="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
targets=(torch.optim:Adafactor lion_pytorch:Lion pytorch_optimizer:AdaBelief)

# install FOLDER: an environment with the versions that the committed reviews were made with.
install() {
  "${PYTHON:-python3}" -m venv "$1"
  "$1/bin/pip" install --quiet -c "$checkout/constraints.txt" "$checkout" pytorch_optimizer==4.1.0 lion-pytorch==0.2.5
}

# review FOLDER ENVIRONMENT NAME=VALUE...: the pages, from inside the folder, with nothing else set.
review() {
  local inside="$1" environment="$2"
  shift 2
  mkdir -p "$inside/home"
  (cd "$inside" && env -i HOME="$inside/home" PATH=/usr/bin:/bin "$@" \
    "$environment/bin/optreview" analyze "${targets[@]}" -o pages --quiet)
}

install "$folder/one"
install "$folder/elsewhere/two"
review "$folder/a" "$folder/one" LANG=C.UTF-8 TZ=UTC
review "$folder/b/deeper" "$folder/elsewhere/two" LANG=C TZ=Asia/Tokyo PYTHONHASHSEED=77
diff -r "$folder/a/pages" "$folder/b/deeper/pages"
echo "Pages and records of ${#targets[@]} optimizers are the same in both."
