#include "app/berth-worker/archive/input.hpp"
#include "core/hasher.hpp"
#include "test/fuzz/in_memory.hpp"
#include "test/fuzz/targets.hpp"

namespace berth::fuzz {

namespace {

constexpr size_t enough = size_t{8} << 20;

void try_compressed(std::string_view input) {
  auto file = in_memory(input);
  auto raw = worker::raw_input{file.get()};
  auto stream = worker::decompressed(raw);
  for (size_t total = 0; stream && total < enough;) {
    auto piece = (*stream)();
    if (!piece)
      return;
    if (piece->empty()) {
      auto digest = raw.finish();
      require(digest && *digest == sha256_hex(input)
                && raw.bytes() == input.size(),
              "length and digest are of all that was read");
      return;
    }
    total += piece->size();
  }
}

} // namespace

const target compressed{"compressed", try_compressed};

} // namespace berth::fuzz
