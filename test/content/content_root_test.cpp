#include "test/content/content_node.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "content-service-api/initializer.pb.h"

namespace berth::test {

namespace {

namespace fs = std::filesystem;

struct disk_fixture : content_node {
  static initialize_content empty_start(const std::string& instance) {
    auto what = initialize_content{};
    what.id = id_of(instance);
    what.is_empty = true;
    return what;
  }

  initialize_content git_start(const std::string& instance,
                               const std::string& url) const {
    auto spec = contentservice::WorkspaceInitializer{};
    auto* git = spec.mutable_git();
    git->set_remote_uri(url);
    git->set_checkout_location("repo");
    git->mutable_config();
    auto what = initialize_content{};
    what.id = id_of(instance);
    what.initializer = spec.SerializeAsString();
    what.local_repositories = {(root / "origin").native()};
    return what;
  }

  initialize_content snapshot_start(content_id id,
                                    const std::string& snapshot) const {
    auto spec = contentservice::WorkspaceInitializer{};
    spec.mutable_snapshot()->set_snapshot(snapshot);
    auto what = initialize_content{};
    what.id = std::move(id);
    what.initializer = spec.SerializeAsString();
    what.snapshots = {snapshot};
    return what;
  }

  void make_origin() const {
    shell("git init -q -b main origin && cd origin && echo hello > README && "
          "git add . && git -c user.name=a -c user.email=a@b commit -q -m one");
  }

  void start(const initialize_content& what) {
    auto outcome = ask<content_initialized>(contents, what);
    BOOST_REQUIRE_EQUAL(why_not(outcome), "");
  }

  content_archived back_up(const std::string& instance) {
    auto outcome = ask<content_archived>(
      contents,
      archive_content{id_of(instance), archive_purpose::final_backup, ""});
    BOOST_REQUIRE_EQUAL(why_not(outcome), "");
    return *outcome;
  }

  void discard(const std::string& instance) {
    BOOST_REQUIRE_EQUAL(why_not(ask<done>(contents, discard_content{instance})),
                        "");
  }

  static std::string owner_and_mode(const fs::path& path) {
    struct stat st = {};
    if (::lstat(path.c_str(), &st) < 0)
      return "missing";
    char text[64];
    std::snprintf(text, sizeof text, "%u:%u %o", st.st_uid, st.st_gid,
                  st.st_mode & 07777);
    return text;
  }

  /// Names in the content directory: nothing half done may stay there.
  std::string left() const {
    auto out = std::string{};
    auto names = std::set<std::string>{};
    for (const auto& entry : fs::directory_iterator{layout{*all}.contents()})
      names.insert(entry.path().filename());
    for (const auto& name : names)
      out += (out.empty() ? "" : " ") + name;
    return out;
  }

  fs::path newest_backup() const {
    auto kept = storage->generations({"alice", "project"});
    BOOST_REQUIRE(kept && !kept->empty());
    auto name = object_name{{"alice", "project"}, kept->front().file};
    return layout{*all}.objects() / storage->scheme().bucket(name)
           / storage->scheme().key(name);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(content_on_disk, disk_fixture)

BOOST_AUTO_TEST_CASE(empty_content_belongs_to_the_workspaces_user) {
  start(empty_start("w1"));
  BOOST_TEST(owner_and_mode(live("w1")) == "33333:33333 755");
  BOOST_TEST(owner_and_mode(live("w1") / ".gitpod") == "33333:33333 777");
  BOOST_TEST(owner_and_mode(live("w1") / ".gitpod/ready") == "33333:33333 644");
  BOOST_TEST(read(live("w1") / ".gitpod/ready")
             == R"({"metrics":null,"source":"from-other"})");
  BOOST_TEST(left() == "w1");
}

BOOST_AUTO_TEST_CASE(a_worker_makes_of_an_empty_initializer_the_same) {
  start(empty_start("w1"));
  auto by_worker = empty_start("w2");
  by_worker.is_empty = false;
  start(by_worker);
  for (auto* path : {"", ".gitpod", ".gitpod/ready"})
    BOOST_TEST(owner_and_mode(live("w2") / path)
               == owner_and_mode(live("w1") / path));
}

BOOST_AUTO_TEST_CASE(a_clone_survives_backup_and_restore) {
  make_origin();
  start(git_start("w1", "file://" + (root / "origin").native()));
  BOOST_TEST(read(live("w1") / "repo/README") == "hello\n");
  BOOST_TEST(owner_and_mode(live("w1") / "repo/README") == "33333:33333 644");
  write(live("w1") / "repo/work", "not yet committed");
  shell("chown 33333:33333 state/content/w1/repo/work; ln state/content/w1/repo"
        "/work state/content/w1/hard; ln -s repo/work state/content/w1/soft; "
        "chmod 4755 state/content/w1/repo/work");
  auto what
    = archive_content{id_of("w1"), archive_purpose::final_backup, "repo"};
  auto backup = ask<content_archived>(contents, what);
  BOOST_REQUIRE_EQUAL(why_not(backup), "");
  BOOST_TEST(backup->qualified_name
             == "workspaces/project/full.tar.zst@gitpod-user-alice");
  BOOST_REQUIRE(backup->repo);
  BOOST_TEST(backup->repo->branch == "main");
  BOOST_TEST(backup->repo->total_untracked_files == 1);
  discard("w1");
  BOOST_TEST(left() == "");

  auto again = id_of("w2");
  again.slot = 9;
  auto what_next = empty_start("w2");
  what_next.id = again;
  auto restored = ask<content_initialized>(contents, what_next);
  BOOST_REQUIRE_EQUAL(why_not(restored), "");
  BOOST_TEST(restored->source == "from-backup");
  BOOST_TEST(read(live("w2") / "repo/work") == "not yet committed");
  BOOST_TEST(owner_and_mode(live("w2") / "repo/work") == "33333:33333 4755");
  BOOST_TEST(fs::hard_link_count(live("w2") / "hard") == 2u);
  BOOST_TEST(fs::read_symlink(live("w2") / "soft").native() == "repo/work");
  shell("git -c safe.directory='*' -C state/content/w2/repo fsck --strict");
}

BOOST_AUTO_TEST_CASE(earlier_backups_can_be_gone_back_to) {
  start(empty_start("w1"));
  for (auto* text : {"one", "two", "three", "four"}) {
    write(live("w1") / "file", text);
    back_up("w1");
  }
  auto kept = storage->generations({"alice", "project"});
  BOOST_REQUIRE(kept);
  BOOST_REQUIRE_EQUAL(kept->size(), 3u);
  auto name = object_name{{"alice", "project"}, kept->back().file};
  start(snapshot_start({"w2", "bob", "other", 4},
                       storage->scheme().qualified(name)));
  BOOST_TEST(read(live("w2") / "file") == "two");
}

BOOST_AUTO_TEST_CASE(a_snapshot_starts_another_workspace) {
  start(empty_start("w1"));
  write(live("w1") / "file", "as it was");
  auto what = archive_content{id_of("w1"), archive_purpose::snapshot, ""};
  auto snapshot = ask<content_archived>(contents, what);
  BOOST_REQUIRE_EQUAL(why_not(snapshot), "");
  BOOST_TEST(read(live("w1") / ".gitpod/ready") != "");
  write(live("w1") / "file", "later");
  start(snapshot_start({"w2", "bob", "other", 4}, snapshot->qualified_name));
  BOOST_TEST(read(live("w2") / "file") == "as it was");
}

BOOST_AUTO_TEST_CASE(a_damaged_backup_is_never_restored_in_part) {
  start(empty_start("w1"));
  for (auto i = 0; i < 50; ++i)
    write(live("w1") / ("file" + std::to_string(i)), std::string(5000, 'x'));
  back_up("w1");
  discard("w1");
  auto whole = read(newest_backup());
  auto flipped = whole;
  flipped[flipped.size() / 2] ^= 1;
  for (const auto& bytes : {whole.substr(0, whole.size() - 9), flipped}) {
    write(newest_backup(), bytes);
    auto outcome = ask<content_initialized>(contents, empty_start("w2"));
    BOOST_REQUIRE(!outcome);
    BOOST_TEST((code_of(outcome.error()) == ec::data_loss));
    BOOST_TEST(left() == "");
  }
  write(newest_backup(), whole);
  start(empty_start("w2"));
}

BOOST_AUTO_TEST_CASE(a_missing_snapshot_is_not_found) {
  auto name = std::string{"workspaces/m/snapshot-1.tar@gitpod-user-alice"};
  auto outcome
    = ask<content_initialized>(contents, snapshot_start(id_of("w1"), name));
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((code_of(outcome.error()) == ec::not_found));
}

BOOST_AUTO_TEST_CASE(a_cancelled_clone_leaves_nothing) {
  // A server that takes the connection and never says a word.
  auto silent = sys::fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto address = sockaddr_in{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  auto length = socklen_t{sizeof address};
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  BOOST_REQUIRE(::bind(silent.get(), raw, length) == 0);
  BOOST_REQUIRE(::listen(silent.get(), 8) == 0);
  BOOST_REQUIRE(::getsockname(silent.get(), raw, &length) == 0);
  auto url = "http://127.0.0.1:" + std::to_string(::ntohs(address.sin_port))
             + "/x.git";
  auto pending = self->request(contents, patience, git_start("w1", url));
  auto caller = ::accept4(silent.get(), nullptr, nullptr, SOCK_CLOEXEC);
  BOOST_REQUIRE_GE(caller, 0);
  self->send(contents, cancel_content{"w1"});
  auto why = ec::none;
  pending.receive([](content_initialized&) {},
                  [&](caf::error& err) { why = code_of(err); });
  ::close(caller);
  BOOST_TEST((why == ec::cancelled));
  BOOST_TEST(left() == "");
}

BOOST_AUTO_TEST_CASE(the_quarantine_keeps_everything_and_says_why) {
  start(empty_start("w1"));
  write(live("w1") / "file", "precious");
  auto what = quarantine_content{id_of("w1"), "no backup"};
  BOOST_REQUIRE_EQUAL(why_not(ask<done>(contents, what)), "");
  BOOST_TEST(left() == "");
  auto entries = fs::directory_iterator{layout{*all}.quarantine()};
  auto kept = entries->path();
  BOOST_TEST(kept.filename().native().starts_with("w1-"));
  BOOST_TEST(read(kept / "content/file") == "precious");
  BOOST_TEST(read(kept / "why.json").find("no backup") != std::string::npos);
  BOOST_REQUIRE_EQUAL(why_not(ask<done>(contents, what)), "");
}

BOOST_AUTO_TEST_CASE(a_sweep_clears_up_after_a_crash) {
  start(empty_start("known"));
  fs::create_directories(live(".staging-w1") / "half");
  fs::create_directories(live(".trash-w2") / "half");
  fs::create_directories(live("orphan"));
  auto swept = ask<done>(contents, sweep_content{{"known"}});
  BOOST_REQUIRE_EQUAL(why_not(swept), "");
  BOOST_TEST(left() == "known");
  auto entries = fs::directory_iterator{layout{*all}.quarantine()};
  BOOST_TEST(entries->path().filename().native().starts_with("orphan-"));
}

BOOST_AUTO_TEST_CASE(nothing_of_an_archive_stays_behind) {
  start(empty_start("w1"));
  write(live("w1") / "file", "as it was");
  auto what = archive_content{id_of("w1"), archive_purpose::snapshot, ""};
  what.container = "w1"; // nobody's: the copy is what is looked at
  auto snapshot = ask<content_archived>(contents, what);
  BOOST_REQUIRE_EQUAL(why_not(snapshot), "");
  BOOST_TEST(snapshot->consistent);
  start(snapshot_start({"w2", "bob", "other", 4}, snapshot->qualified_name));
  BOOST_TEST(read(live("w2") / "file") == "as it was");
  // The next archive of it begins when the last has cleared up.
  back_up("w1");
  auto swept = ask<done>(contents, sweep_content{{"w1", "w2"}});
  BOOST_REQUIRE_EQUAL(why_not(swept), "");
  BOOST_TEST(fs::is_empty(layout{*all}.views()));
  BOOST_TEST(fs::is_empty(layout{*all}.objects() / ".staging"));
}

BOOST_AUTO_TEST_CASE(there_is_no_backup_of_what_is_not_there) {
  auto what = archive_content{id_of("w1"), archive_purpose::final_backup, ""};
  auto outcome = ask<content_archived>(contents, what);
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((code_of(outcome.error()) == ec::failed_precondition));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
