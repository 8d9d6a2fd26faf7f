#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "model/archive.hpp"
#include "model/build_record.hpp"
#include "model/image.hpp"
#include "model/session_record.hpp"
#include "model/workspace.hpp"

#include <caf/typed_actor.hpp>

#include <string>
#include <vector>

namespace berth {

/// Writes one record, whole, over whatever was stored under its id.
struct put_record {
  record_ptr record;
};

/// Forgets a record. One that is not there is no error.
struct drop_record {
  std::string id;
};

struct put_image {
  stored_image image;
};

struct drop_image {
  std::string name;
};

/// As `put_record`, but without versions: the last one told counts.
struct put_session {
  session_ptr session;
};

struct drop_session {
  std::string id;
};

/// Writes what is known of an archive on its way, over what was known before.
struct put_archive {
  archive_record archive;
};

/// One that is not there is no error.
struct forget_archive {
  std::string id;
};

/// Writes what is known of an image build, over what was known before.
struct put_build {
  build_record build;
};

/// One that is not there is no error.
struct forget_build {
  std::string id;
};

struct stored {};

/// Waits until every change that was answered before is on the platter.
struct make_durable {};

struct durable {};

struct load_all {};

struct everything_stored {
  std::vector<record_ptr> records;
  std::vector<stored_image> images;
  std::vector<session_ptr> sessions;
  std::vector<archive_record> archives; ///< oldest first
  std::vector<build_record> builds;     ///< oldest first
};

/// The database. A `stored` reply means the change is committed: it survives
/// the end of berthd at any instant. A `durable` reply means that it survives
/// power loss too, which takes an fsync (4 to 8 ms on a virtual disk): for what
/// was acknowledged and what something irreversible follows. Without being
/// asked, the store makes changes durable within a tenth of a second. On a full
/// disk a change is refused (`exhausted`) and the next one may be stored; after
/// any other failed write it refuses every further one (`unavailable`) until
/// berthd restarts.
using store_actor
  = caf::typed_actor<caf::replies_to<put_record>::with<stored>,
                     caf::replies_to<drop_record>::with<stored>,
                     caf::replies_to<put_image>::with<stored>,
                     caf::replies_to<drop_image>::with<stored>,
                     caf::replies_to<put_session>::with<stored>,
                     caf::replies_to<drop_session>::with<stored>,
                     caf::replies_to<put_archive>::with<stored>,
                     caf::replies_to<forget_archive>::with<stored>,
                     caf::replies_to<put_build>::with<stored>,
                     caf::replies_to<forget_build>::with<stored>,
                     caf::replies_to<make_durable>::with<durable>,
                     caf::replies_to<load_all>::with<everything_stored>>;

} // namespace berth

BERTH_MESSAGE(berth::put_record)
BERTH_MESSAGE(berth::drop_record)
BERTH_MESSAGE(berth::put_image)
BERTH_MESSAGE(berth::drop_image)
BERTH_MESSAGE(berth::put_session)
BERTH_MESSAGE(berth::drop_session)
BERTH_MESSAGE(berth::put_archive)
BERTH_MESSAGE(berth::forget_archive)
BERTH_MESSAGE(berth::put_build)
BERTH_MESSAGE(berth::forget_build)
BERTH_MESSAGE(berth::stored)
BERTH_MESSAGE(berth::make_durable)
BERTH_MESSAGE(berth::durable)
BERTH_MESSAGE(berth::load_all)
BERTH_MESSAGE(berth::everything_stored)
