#include "test/sys/support.hpp"

#include "sys/file.hpp"
#include "sys/idmap.hpp"
#include "sys/process.hpp"
#include "sys/spawn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>

#include <array>
#include <exception>
#include <fstream>
#include <thread>

namespace berth::test {

namespace {

struct pipe_ends {
  sys::fd reader, writer;
};

pipe_ends make_pipe() {
  int raw[2];
  BOOST_REQUIRE_EQUAL(::pipe2(raw, O_CLOEXEC), 0);
  return {sys::fd{raw[0]}, sys::fd{raw[1]}};
}

/// Reads both to their ends.
void drain(const sys::fd& out, const sys::fd& err, ending& into) {
  auto polled
    = std::array{pollfd{out.get(), POLLIN, 0}, pollfd{err.get(), POLLIN, 0}};
  auto texts = std::array{&into.out, &into.err};
  while (polled[0].fd >= 0 || polled[1].fd >= 0) {
    ::poll(polled.data(), polled.size(), -1);
    for (size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents == 0)
        continue;
      char chunk[4096];
      auto n = ::read(polled[i].fd, chunk, sizeof(chunk));
      if (n > 0)
        texts[i]->append(chunk, static_cast<size_t>(n));
      else
        polled[i].fd = -1;
    }
  }
}

} // namespace

temporary_directory::temporary_directory() {
  auto name = std::string{"/tmp/berth-test-XXXXXX"};
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
  std::filesystem::permissions(path_, std::filesystem::perms{0755});
}

temporary_directory::~temporary_directory() {
  auto ignored = std::error_code{};
  std::filesystem::remove_all(path_, ignored);
}

void in_own(int namespaces, const std::function<void()>& body) {
  auto thrown = std::exception_ptr{};
  std::thread{[&] {
    try {
      BOOST_REQUIRE_EQUAL(::unshare(CLONE_FS | namespaces), 0);
      if ((namespaces & CLONE_NEWNS) != 0)
        BOOST_REQUIRE_EQUAL(
          ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
      body();
    } catch (...) {
      thrown = std::current_exception();
    }
  }}.join();
  if (thrown)
    std::rethrow_exception(thrown);
}

std::filesystem::path program(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

ending run(std::vector<std::string> argv, const child_options& options) {
  auto in = make_pipe(), out = make_pipe(), err = make_pipe();
  auto spec = sys::spawn_spec{};
  spec.argv = std::move(argv);
  spec.env = options.env;
  spec.fds = options.fds;
  spec.fds.emplace_back(in.reader.get(), 0);
  spec.fds.emplace_back(out.writer.get(), 1);
  spec.fds.emplace_back(err.writer.get(), 2);
  auto child = need(sys::spawn(spec));
  for (auto* childs : {&in.reader, &out.writer, &err.writer})
    *childs = sys::fd{};
  auto ignored
    = ::write(in.writer.get(), options.input.data(), options.input.size());
  (void)ignored; // a child may leave its input unread
  in.writer = sys::fd{};
  auto end = ending{};
  drain(out.reader, err.reader, end);
  end.code = need(sys::wait_child(child.pid));
  return end;
}

sys::fd make_userns() {
  auto in = make_pipe(), out = make_pipe();
  auto spec = sys::spawn_spec{};
  spec.argv = {program("berth-ns").native(), "userns"};
  spec.fds = {{in.reader.get(), 0}, {out.writer.get(), 1}};
  auto founder = need(sys::spawn(spec));
  auto byte = char{};
  BOOST_REQUIRE_EQUAL(::read(out.reader.get(), &byte, 1), 1);
  need(sys::write_id_map(founder.pid, first_id, 65536));
  auto ns = need(sys::open_namespace(founder.pid, "user"));
  in.writer = sys::fd{};
  BOOST_REQUIRE_EQUAL(need(sys::wait_child(founder.pid)), 0);
  return ns;
}

void write(const std::filesystem::path& path, const std::string& text) {
  auto file = std::ofstream{path, std::ios::binary};
  file << text << std::flush;
  BOOST_REQUIRE_MESSAGE(file, "write " + path.native());
}

std::string read(const std::filesystem::path& path) {
  return need(sys::read_file(path, size_t{1} << 20));
}

} // namespace berth::test
