internal import CLibXML2
internal import Glibc

/// What libxml2 keeps for the whole process, set once before its first use.
///
/// No document read here can make libxml2 open anything: the external entity loader answers nothing, except on a
/// thread that is compiling a schema, where it hands out files of that schema's folder (`XMLSchemaSources`). Catalogs
/// named by documents are off.
enum XMLLibrary {
    /// Touch it before any call into libxml2; the work is done once, whoever comes first.
    static let ready: Bool = {
        xmlInitParser()
        // The built-in types of XML Schema are built on first use and not guarded against two first users.
        xmlSchemaInitTypes()
        xmlCatalogSetDefaults(XML_CATA_ALLOW_NONE)
        xmlSetExternalEntityLoader { address, _, parser in
            guard let address, let parser, let sources = XMLLibrary.currentSources else { return nil }
            return sources.open(String(cString: address), for: parser)
        }
        return true
    }()

    /// The thread's own slot for the sources of the schema being compiled on it; empty on every other thread.
    private static let sourcesKey: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key, nil)
        precondition(status == 0, "the process has used up its thread-specific keys")
        return key
    }()

    /// The sources of the schema that this thread is compiling; nil on every other thread.
    static var currentSources: XMLSchemaSources? {
        pthread_getspecific(sourcesKey).map { Unmanaged.fromOpaque($0).takeUnretainedValue() }
    }

    /// Runs a body while the loader on this thread serves the files of a schema folder. The body must not suspend.
    ///
    /// Errors of libxml2's regular expressions have no channel of their own and would be printed; on this thread they go
    /// nowhere meanwhile, since the schema compiler reports the pattern too.
    static func serving<R>(_ sources: XMLSchemaSources, _ body: () -> R) -> R {
        pthread_setspecific(sourcesKey, Unmanaged.passUnretained(sources).toOpaque())
        xmlSetStructuredErrorFunc(nil) { _, _ in }
        defer {
            xmlSetStructuredErrorFunc(nil, nil)
            pthread_setspecific(sourcesKey, nil)
        }
        return withExtendedLifetime(sources) { body() }
    }
}
