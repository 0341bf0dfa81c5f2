"""Makes a library look as if an earlier paperchat had written it."""

from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from llama_index.vector_stores.chroma import ChromaVectorStore

from paperchat.storage import migrations
from paperchat.storage.catalogue import Catalogue
from paperchat.storage.database import Database
from paperchat.storage.indexes.chroma_bindings import COLLECTION
from paperchat.storage.indexes.chroma_client import close_server, open_client, open_server
from paperchat.storage.indexes.vector_index import VectorIndex
from paperchat.storage.nodes import to_node
from support import catalogue_url


def downgrade(home: Path, revision: str) -> None:
    """Take the catalogue of the closed library at ``home`` back to this revision."""
    database = Database(home, url=catalogue_url(home))
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    database.close()


def put_texts_into_vector_index(home: Path, *, chroma_url: str = "") -> None:
    """Rewrite the vector index of the closed library at ``home`` as LlamaIndex's store did it: with texts and nodes."""
    database = Database(home)
    catalogue = Catalogue(database)
    papers = {stored.paper_id: stored for stored in catalogue.all_papers()}
    passages = [passage for several in catalogue.passages_of(papers).values() for passage in several]
    database.close()
    with closing(VectorIndex(home / "chroma", url=chroma_url)) as index:
        vectors = index.vectors(passage.passage_id for passage in passages)
        index.clear()
    nodes = [to_node(passage, papers[passage.paper_id]) for passage in passages]
    for node in nodes:
        node.embedding = vectors[node.node_id].tolist()
    chroma = open_server(chroma_url, COLLECTION) if chroma_url else open_client(str(home / "chroma"))
    ChromaVectorStore.from_collection(chroma.collection).add(list(nodes))
    close_server(chroma) if chroma_url else chroma.client.close()
